# frozen_string_literal: true

module PresenceRs
  # A part of a topic's member list, by the bytes of ids: for those who want the list of a topic that is so large
  # that clients get a sample of it. It shows what the diffs up to its version add up to, as a {Snapshot} does.
  #
  # @example Everybody, a thousand at a time
  #   page = room.page(limit: 1_000)
  #   loop do
  #     page.members.each { |member| invite(member.id) }
  #     break unless page.next
  #
  #     page = room.page(after: page.next, limit: 1_000)
  #   end
  class Page
    # How many members a page has where nobody says.
    LIMIT = 100
    # How many it has at most.
    MAX = 1_000

    class << self
      # @api private
      # @param after [Object]
      # @param limit [Object]
      # @return [Array(String, Integer)] the same, as a store takes them
      # @raise [InvalidPage]
      def check(after, limit)
        unless limit.is_a?(Integer) && limit.between?(1, MAX)
          raise InvalidPage, "the limit of a page is a whole number from 1 to #{MAX}; got #{limit.inspect[0, 60]}"
        end

        [cursor(after), limit]
      end

      # @api private
      # @param snapshot [Snapshot] the whole list, for a store that has no pages of its own
      # @return [Page]
      def cut(snapshot, after, limit)
        entries = snapshot.by_id
        start = after ? entries.bsearch_index { |id, _| id > after } || entries.size : 0
        listed = entries[start, limit]
        last = listed.last.first if start + limit < entries.size
        head = { type: "presence_page", topic: snapshot.topic, epoch: snapshot.epoch, version: snapshot.version,
                 count: snapshot.count, after:, limit:, members: listed.map { |entry| entry[1] }, next: last }
        new(snapshot.topic, snapshot.epoch, snapshot.version, snapshot.count, last, Json.generate(head), listed.map(&:last).pack("S*"))
      end

      private

      def cursor(after)
        return if after.nil?
        return Names.utf8(after, "member") if after.is_a?(String)

        raise InvalidName, "not a String"
      rescue InvalidName
        raise InvalidPage, "a page goes on after an id, 1 to 255 bytes of UTF-8 (the `next` of the page before); " \
                           "got #{after.inspect[0, 60]}"
      end
    end

    # @return [String]
    attr_reader :topic
    # @return [String] the token of this life of the topic; "" when nobody is there
    attr_reader :epoch
    # @return [Integer]
    attr_reader :version
    # @return [Integer] how many members the topic has
    attr_reader :count
    # @return [String, nil] where the next page goes on; nil where nobody comes after this one
    attr_reader :next

    # @api private
    def initialize(topic, epoch, version, count, following, json, sessions)
      @topic = topic
      @epoch = epoch
      @version = version
      @count = count
      @next = following&.freeze
      @json = json.freeze
      @sessions = sessions
    end

    # @return [Array<Member>] by the bytes of their ids
    def members = @members ||= Member.listed(as_json["members"], @sessions).freeze

    # @return [String] the `presence_page` object; frozen
    def to_json(*) = @json

    # @return [Hash] the same as data
    def as_json(*) = JSON.parse(@json)

    # @return [String]
    def inspect = "#<PresenceRs::Page #{topic.inspect} epoch=#{epoch} version=#{version} count=#{count} next=#{@next.inspect}>"
  end
end
