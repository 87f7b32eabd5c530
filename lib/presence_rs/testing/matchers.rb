# frozen_string_literal: true

module PresenceRs
  module Testing
    # The matchers that `presence_rs/rspec` adds.
    module Matchers
      # Is somebody online there?
      #
      # @param topic [String, Symbol, Topic, #to_gid_param]
      # @example
      #   expect(user).to be_present_on(room)
      #   expect(user).not_to be_present_on(:online)
      def be_present_on(topic) = BePresentOn.new(presence_sandbox, presence_topic(topic))

      # Does the block change who is present, or what they show? With `joining`, `leaving` or `updating`, it has to be
      # exactly that: the ones named, and no other.
      #
      # @param topic [String, Symbol, Topic, #to_gid_param, nil] nil: anywhere
      # @example
      #   expect { subscribe room_id: room.id }.to change_presence(room).joining(user)
      #   expect { travel_presence 46 }.to change_presence.leaving(user)
      #   expect { get page_path }.not_to change_presence(room)
      def change_presence(topic = nil) = ChangePresence.new(presence_registry, topic.nil? ? nil : presence_topic(topic))

      # @api private
      class BePresentOn
        include RSpec::Matchers::Composable

        def initialize(sandbox, topic)
          @sandbox = sandbox
          @topic = topic
        end

        def matches?(user)
          @member = Names.member(user, @sandbox.registry.member_id)
          @topic.online?(@member)
        end

        def description = "be present on #{@topic.name.inspect}"

        def failure_message
          "expected #{@member.inspect} to #{description}.\n" \
            "Present there: #{Account.present(@topic)}.#{Account.elsewhere(@sandbox, @topic, @member)}"
        end

        def failure_message_when_negated
          "expected #{@member.inspect} not to #{description}.\nPresent there: #{Account.present(@topic)}."
        end
      end

      # @api private
      class ChangePresence
        include RSpec::Matchers::Composable

        def initialize(registry, topic)
          @registry = registry
          @topic = topic
          @expected = {}
        end

        def joining(*people) = expect_also(:joins, people)
        def leaving(*people) = expect_also(:leaves, people)
        def updating(*people) = expect_also(:updates, people)

        def matches?(block)
          @recorder = Recorder.new(@registry, @topic, @expected).record(&block)
          @recorder.expected?
        end

        def does_not_match?(block)
          raise ArgumentError, "not_to change_presence takes no joining, leaving or updating: say what does happen" if @expected.any?

          !matches?(block)
        end

        def supports_block_expectations? = true
        def supports_value_expectations? = false

        def description
          place = @topic ? "on #{@topic.name.inspect}" : "anywhere"
          "change presence #{place}#{" (#{Recorder.new(@registry, @topic, @expected).wanted})" if @expected.any?}"
        end

        def failure_message = "expected the block to #{description}, but:\n#{Account.changes(@recorder.diffs)}"
        def failure_message_when_negated = "expected the block not to #{description}, but:\n#{Account.changes(@recorder.diffs)}"

        private

        def expect_also(kind, people)
          @expected[kind] = (@expected[kind] || []) + people.flatten(1)
          self
        end
      end
    end
  end
end
