# frozen_string_literal: true

module PresenceRs
  # The member list of a topic at an (epoch, version): what the diffs up to that version add up to.
  class Snapshot
    # @return [String]
    attr_reader :topic
    # @return [String] the token of this life of the topic; "" when nobody is there
    attr_reader :epoch
    # @return [Integer]
    attr_reader :version
    # @return [Integer] how many members there are
    attr_reader :count

    # @api private
    def initialize(topic, epoch, version, count, sample, json, sessions)
      @topic = topic
      @epoch = epoch
      @version = version
      @count = count
      @sample = sample
      @json = json.freeze
      @sessions = sessions
    end

    # @return [Boolean] whether only some of the members are listed
    def sample? = @sample

    # @return [Array<Member>] those listed, by `joined_at`, then by id
    def members = @members || listed.tap { |members| @members = members unless frozen? }

    # @return [String] the `presence_state` object that pages get; frozen
    def to_json(*) = @json

    # @return [Hash] the same as data
    def as_json(*) = JSON.parse(@json)

    # @api private
    # @return [Array<Array(String, Hash, Integer)>] id, entry and live sessions of each, by the bytes of ids
    def by_id
      @by_id || as_json["members"].zip(@sessions.unpack("S*")).map { |it, live| [it["id"], it, live] }.sort_by!(&:first)
                                  .tap { |list| @by_id = list unless frozen? }
    end

    # @return [String]
    def inspect = "#<PresenceRs::Snapshot #{topic.inspect} epoch=#{epoch} version=#{version} count=#{count}>"

    private

    def listed
      Member.listed(as_json["members"], @sessions).sort_by { |member| [member.joined_at, member.id.b] }.freeze
    end
  end
end
