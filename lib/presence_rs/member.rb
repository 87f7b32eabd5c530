# frozen_string_literal: true

module PresenceRs
  # One person on a topic, as a read has found them. It does not change afterwards.
  class Member
    # @return [String]
    attr_reader :id
    # @return [Integer] how many live sessions they have; 0 while they linger
    attr_reader :sessions

    # @api private
    # @param entries [Array<Hash>] as pages get them
    # @param sessions [String] how many live sessions each has, packed as "S*"
    # @return [Array<Member>]
    def self.listed(entries, sessions)
      entries.zip(sessions.unpack("S*")).map do |entry, live|
        new(entry["id"], (entry["joined_at"] * 1000).round, Json.generate(entry["metas"]), live)
      end
    end

    # @api private
    # @param joined_ms [Integer] ms since 1970
    # @param metas [String] a JSON array
    def initialize(id, joined_ms, metas, sessions)
      @id = id
      @joined_ms = joined_ms
      @json = metas
      @sessions = sessions
    end

    # @return [Time] when they came online, in whole ms
    def joined_at = Time.at(0, @joined_ms, :millisecond)

    # @return [Array<Hash>] what each session shows, in the order of joins, with String keys
    def metas = @metas || Meta.load(@json).tap { |metas| @metas = metas unless frozen? }

    # @param key [String, Symbol]
    # @return [Object] what the first of their sessions that has this key shows
    # @example
    #   member[:name] # => "Ada"
    def [](key)
      key = key.to_s
      metas.find { |meta| meta.key?(key) }&.[](key)
    end

    # @return [Boolean] false; in a partial of {TagHelper#presence_list_tag}, which is rendered for the page's template
    #   too, true there
    def placeholder? = false

    # @return [String] the id, for URL helpers
    def to_param = id

    # @return [Hash] as pages get it, but for the escaping
    def as_json(*) = { "id" => id, "joined_at" => @joined_ms / 1000.0, "metas" => metas }

    # @return [String] as pages get it
    def to_json(*)
      format('{"id":%<id>s,"joined_at":%<s>d.%<ms>03d,"metas":%<metas>s}',
             id: Json.generate(id), s: @joined_ms / 1000, ms: @joined_ms % 1000, metas: @json)
    end

    # @return [Boolean] the same person in the same state
    def ==(other)
      other.is_a?(Member) && id == other.id && joined_at == other.joined_at && sessions == other.sessions && metas == other.metas
    end
    alias eql? ==

    # @return [Integer]
    def hash = [id, @joined_ms, sessions].hash

    # @return [String]
    def inspect = "#<PresenceRs::Member #{id.inspect} sessions=#{sessions} metas=#{@json}>"
  end
end
