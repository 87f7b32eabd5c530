# frozen_string_literal: true

require "presence_rs"
require_relative "testing/store"
require_relative "testing/sandbox"
require_relative "testing/switch"
require_relative "testing/account"
require_relative "testing/recorder"
require_relative "testing/helpers"

module PresenceRs
  # What {TestHelper} and `presence_rs/rspec` are made of: while a test runs, `PresenceRs.registry` is one of its own.
  # Loading this changes nothing until a test begins.
  # @api private
  module Testing
    # Where a fiber finds its test's sandbox. What a test starts inherits it, threads included.
    KEY = :presence_rs_sandbox

    @lock = Mutex.new
    @active = []

    class << self
      # @return [Sandbox, nil] that of the test that this thread works for; nil where no test runs
      # @raise [Error] where that can't be told
      def sandbox
        own = Fiber[KEY]
        return own if own && !own.closed?

        # A thread of a pool or a server: started by nobody, or by a test that is over.
        running = @active
        return running.first || own if running.size < 2

        raise Error, "PresenceRs was asked by a thread that no test has started, while #{running.size} tests run at once " \
                     "(#{running.map(&:name).join(", ")}), so whose registry it means cannot be told. " \
                     "Run such tests in parallel by processes, or one after another."
      end

      # @return [Boolean] whether any test runs
      def running? = @active.any?

      # Begins a test in this thread.
      # @param name [String] of the test, for messages
      # @return [Sandbox]
      def open(name)
        outer = Fiber[KEY]
        sandbox = @lock.synchronize do
          @saved = PresenceRs.configuration.dup if @active.empty?
          Sandbox.new(name, outer).tap { |made| @active += [made] }
        end
        Fiber[KEY] = sandbox
      end

      # Ends a test: its members are gone, and the configuration is again what it was before it began. Where tests run
      # at once they share the configuration, so the last of them puts it back.
      # @return [void]
      def close(sandbox)
        sandbox.close
      ensure
        Fiber[KEY] = sandbox.outer
        @lock.synchronize do
          @active -= [sandbox]
          PresenceRs.configuration.adopt(@saved) if @active.empty?
        end
      end
    end
  end

  singleton_class.prepend(Testing::Switch)
end
