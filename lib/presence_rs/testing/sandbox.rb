# frozen_string_literal: true

module PresenceRs
  module Testing
    # One test's registry and its clock.
    # @api private
    class Sandbox
      # @return [String] the test's
      attr_reader :name
      # @return [Sandbox, nil] that of the test around this one, where a test runs tests
      attr_reader :outer
      # @return [ManualClock]
      attr_reader :clock

      def initialize(name, outer)
        @name = name
        @outer = outer
        @clock = ManualClock.new
        @lock = Monitor.new
        @publishing = Mutex.new
      end

      # Built at its first use, so that a test can configure it before.
      # @return [Registry]
      def registry = @registry || @lock.synchronize { @registry ||= build }

      # @return [Boolean]
      def built? = !@registry.nil?

      # Drops the registry, as {PresenceRs.reset!} does. The clock goes on.
      # @return [void]
      def reset!
        old = @lock.synchronize { @registry.tap { @registry = nil } }
        old&.close
      end

      # Its registry stays, for late threads: what they do there is seen by nobody.
      # @return [void]
      def close
        @closed = true
        @registry&.close
      end

      # @return [Boolean]
      def closed? = @closed || false

      private

      # As the app has configured it, but in memory, and with nothing held back.
      def build
        config = PresenceRs.configuration.dup
        config.coalesce = 0
        config.store = store = Store.build(config, clock:)
        Registry.new(config, clock:).tap do |registry|
          store.publish = -> { publish(registry) }
          PresenceRs.app_handlers.each { |handler| registry.borrow(handler) }
        end
      end

      # Waits for no other thread, as the caller may hold a lock that a handler wants: whoever is at it goes round once
      # more. So does a handler that changes something itself.
      def publish(registry)
        @pending = true
        while @pending && @publishing.try_lock
          begin
            @pending = false
            registry.tick
          ensure
            @publishing.unlock
          end
        end
      end
    end
  end
end
