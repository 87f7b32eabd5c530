# frozen_string_literal: true

# Waiting for something that another thread, process or browser is about to do: as short as possible, and with a
# message that says what was waited for, instead of a sleep that is too long on one machine and too short on another.
module Waiting
  # Raised when the condition did not become true in time.
  class TimedOut < StandardError; end

  # Long enough for a loaded machine: only a failing example ever waits so long.
  DEADLINE = 30

  # Calls the block until what it returns is truthy, and returns that.
  #
  #     wait_until { room.online?("ada") }
  #     wait_until("the worker's pid file", within: 30) { File.exist?(path) }
  #
  # @param what [String, Proc] what is waited for, for the message; a Proc is called once time is up
  # @param within [Numeric] seconds until it gives up
  # @param every [Numeric] seconds between two calls
  # @raise [TimedOut] when the block was still false or nil after +within+ seconds
  def wait_until(what = "the condition", within: DEADLINE, every: 0.01)
    deadline = Waiting.now + within
    until (result = yield)
      if Waiting.now > deadline
        what = what.call if what.respond_to?(:call)
        raise TimedOut, "waited #{within} s for #{what}; the last answer was #{result.inspect}"
      end
      sleep every
    end
    result
  end

  # Seconds on a clock that nobody sets.
  def self.now
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end
