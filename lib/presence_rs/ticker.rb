# frozen_string_literal: true

module PresenceRs
  # The thread that publishes what is due: it waits for the store to have work, lets it take its
  # diffs, and hands them on. It runs from the first join, handler or observer on.
  # @api private
  class Ticker
    # @param registry [Registry]
    def initialize(registry)
      @registry = registry
      @lock = Mutex.new
    end

    # Starts it where it does not run.
    # @return [void]
    def start
      return if @thread&.alive?

      # In a signal handler no lock can be taken; two tickers for a moment do no harm.
      @lock.synchronize { @thread = spawn unless @thread&.alive? || @stopping }
    rescue ThreadError
      @thread = spawn
    end

    # Ends it, after what it is doing.
    # @return [void]
    def stop
      @stopping = true
      @registry.store.wake
      @thread&.join(1) unless @thread == Thread.current
      @thread&.kill
      @thread = nil
    end

    # The thread stayed in the parent.
    # @return [void]
    def after_fork
      @lock = Mutex.new
      @thread = nil
    end

    private

    def spawn
      # Before the thread runs: were the process stopped just now, the store would know that it was expected.
      @registry.store.wake
      Thread.new { run }.tap do |thread|
        thread.name = "presence_rs ticker"
        thread.report_on_exception = false
        thread.priority = 1
      end
    end

    def run
      until @stopping
        begin
          @registry.store.wait
          step
        rescue SystemExit, SignalException
          raise
        rescue Exception => e # rubocop:disable Lint/RescueException -- who listens to sweeps may load what is not there
          recover(e)
        end
      end
    ensure
      revive unless @stopping
    end

    def step
      PresenceRs.instrument("sweep.presence_rs", {}) { Thread.pass until @registry.store.tick(false) }
      @registry.dispatch
      @failure = nil
    end

    # Says the same once, not a thousand times, and tries again.
    def recover(error)
      @registry.report(error, thread: "ticker") unless @failure == error.class
      @failure = error.class
      sleep(0.1)
    end

    # Somebody has killed this thread, which nobody but us should: without it nobody expires.
    def revive
      return unless Thread.current.equal?(@thread)

      @thread = nil
      @registry.revive_ticker
    end
  end
end
