# frozen_string_literal: true

module PresenceRs
  # The net joins, leaves and updates of a topic from one version to the next. Entries are whole
  # states, not changes of them.
  class Diff
    # A member who is gone: id, reason (`:left` or `:expired`), and what they were at last.
    Leave = Data.define(:id, :reason, :metas, :joined_at)

    # @api private
    # @param native [#topic, #epoch, #from, #version, #count, #sample?, #at, #json, #sample_json, #joins, #leaves, #updates]
    # @param audience [Symbol] `:all`; `:handlers` where followers get the same from a feed, and `:followers` for what
    #   a feed has brought and this process has not taken, or has handed to its handlers already
    def initialize(native, audience = :all)
      @native = native
      @audience = audience
    end

    # @api private
    # @return [Boolean] whether this process has taken it, so that its `on` handlers get it
    def own? = @audience != :followers

    # @api private
    # @return [Boolean] whether those get it who follow what all processes take
    def shared? = @audience != :handlers

    # @return [String]
    def topic = @topic ||= @native.topic.freeze

    # @return [String]
    def epoch = @epoch ||= @native.epoch.freeze

    # @return [Integer] the version it follows; 0 begins an epoch
    def from = @native.from

    # @return [Integer] the version it leads to
    def version = @native.version

    # @return [Integer] how many members there are at that version; 0 ends the epoch
    def count = @native.count

    # @return [Time] when it was taken
    def at = Time.at(0, @native.at, :millisecond)

    # @return [Boolean] whether clients get the count alone, since the list is too long for them
    def sample? = @native.sample?

    # @return [Boolean] whether this is the whole list, for a receiver that fell too far behind
    def reset? = false

    # @return [Array<Member>]
    def joins = @joins ||= members(@native.joins)

    # @return [Array<Member>]
    def updates = @updates ||= members(@native.updates)

    # @return [Array<Leave>]
    def leaves
      @leaves ||= @native.leaves.map do |(id, joined_ms, metas, _sessions), reason|
        Leave.new(id:, reason:, metas: Meta.load(metas), joined_at: Time.at(0, joined_ms, :millisecond))
      end.freeze
    end

    # @return [String] the whole `presence_diff`; frozen
    def to_json(*) = @json ||= @native.json.freeze

    # @return [String] what clients get: without lists where those are too long
    # @api private
    def client_json = sample? ? (@client_json ||= @native.sample_json.freeze) : to_json

    # @return [Hash] the same as data
    def as_json(*) = JSON.parse(to_json)

    # @return [String]
    def inspect = "#<#{self.class} #{topic.inspect} #{epoch} #{from}→#{version} count=#{count}>"

    private def members(rows) = rows.map { |row| Member.new(*row) }.freeze

    # The whole list instead of diffs that were dropped.
    class Reset < Diff
      # @api private
      # @param snapshot [Snapshot]
      # @param at [Time]
      def initialize(snapshot, state, at) # rubocop:disable Lint/MissingSuper
        @audience = :followers
        @topic = snapshot.topic
        @epoch = snapshot.epoch
        @snapshot = snapshot
        @state = state
        @at = at
      end

      # @return [Integer] 0: nothing before it counts
      def from = 0
      # @return [Integer]
      def version = @snapshot.version
      # @return [Integer]
      def count = @snapshot.count
      # @return [Time]
      attr_reader :at

      # @return [Boolean]
      def sample? = @state.sample?
      # @return [Boolean]
      def reset? = true
      # @return [Array<Member>] the whole list
      def joins = @snapshot.members
      # @return [Array]
      def updates = []
      # @return [Array]
      def leaves = []
      # @return [String] a `presence_state`
      def to_json(*) = @snapshot.to_json
      # @api private
      def client_json = @state.to_json
    end
  end
end
