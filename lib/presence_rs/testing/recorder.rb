# frozen_string_literal: true

module PresenceRs
  module Testing
    # The diffs that a block has caused, and how they differ from what was expected.
    # @api private
    class Recorder
      KINDS = %i[joins leaves updates].freeze

      # @return [Array<Diff>]
      attr_reader :diffs

      # @param registry [Registry]
      # @param topic [Topic, nil] nil: all
      # @param expected [Hash{Symbol => Object}] who joins, leaves, updates; empty: any change will do
      def initialize(registry, topic, expected = {})
        @registry = registry
        @topic = topic
        @expected = expected.compact.transform_values { |people| ids(people) }
        @diffs = []
      end

      # Runs the block.
      # @return [self]
      def record
        # What was due before belongs to what was before.
        @registry.tick
        handle = @registry.subscribe { |diff| @diffs << diff if @topic.nil? || diff.topic == @topic.name }
        yield
        @registry.tick
        self
      ensure
        handle&.cancel
      end

      # @return [Boolean] whether nothing has changed
      def none? = @diffs.empty?

      # @return [Boolean] whether it was exactly what was expected
      def expected? = @expected.empty? ? !none? : KINDS.all? { |kind| happened(kind).sort == (@expected[kind] || []).sort }

      # @return [String] what was expected, in words
      def wanted
        parts = KINDS.flat_map { |kind| (@expected[kind] || []).map { |id| "#{id.inspect} #{Account::VERBS[kind]}" } }
        parts.empty? ? "a change" : parts.join(", ")
      end

      private

      def happened(kind) = @diffs.flat_map { |diff| diff.public_send(kind).map(&:id) }

      def ids(people)
        people = people.respond_to?(:to_ary) ? people.to_ary : [people]
        people.map { |person| Names.member(person, @registry.member_id) }
      end
    end
  end
end
