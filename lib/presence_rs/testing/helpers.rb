# frozen_string_literal: true

module PresenceRs
  module Testing
    # What every test gets: a registry of its own, the clock that this one runs on, and its end. The lifecycle is
    # Minitest's; `presence_rs/rspec` calls it from hooks.
    module Helpers
      # @return [ManualClock] what the test's registry measures lifetimes on; {#travel_presence} moves it and says what follows
      def presence_clock = presence_sandbox.clock

      # @return [Registry] the one that `PresenceRs.registry` is while the test runs, empty at first
      def presence_registry = presence_sandbox.registry

      # Lets time pass for everybody who is present: whoever is due to go is gone, and handlers have run, when it returns.
      #
      # @param seconds [Numeric, ActiveSupport::Duration]
      # @return [Array<Diff>] what has changed by that
      # @example
      #   PresenceRs["room:1"].join(user)
      #   travel_presence 46 # the ttl is 45 s, and nobody has heard from them
      #   refute_present user, on: "room:1"
      def travel_presence(seconds)
        presence_clock.advance(seconds)
        presence_registry.tick
      end

      # @api private
      def before_setup
        begin_presence(respond_to?(:name) ? "#{self.class.name}##{name}" : self.class.name.to_s)
        super if defined?(super)
      end

      # @api private
      def after_teardown
        super if defined?(super)
      ensure
        end_presence
      end

      private

      # RSpec's hooks call these two as well, and in Rails' example groups Minitest's hooks are run too: once is enough.
      def begin_presence(name)
        @presence_sandbox = Testing.open(name) if @presence_sandbox.nil? || @presence_sandbox.closed?
      end

      def end_presence
        Testing.close(@presence_sandbox) unless @presence_sandbox.nil? || @presence_sandbox.closed?
      end

      def presence_sandbox
        @presence_sandbox || raise(Error, "this test has no registry of its own yet. With Minitest, `super` is missing in " \
                                          "a before_setup; with RSpec, require \"presence_rs/rspec\" in the rails_helper")
      end

      # A topic of the test's registry, whatever registry a Topic that is given came from.
      def presence_topic(topic)
        topic.nil? ? presence_registry.default_topic : presence_registry[topic]
      end

      def presence_member(user) = Names.member(user, presence_registry.member_id)
    end
  end
end
