# frozen_string_literal: true

module PresenceRs
  class Hub
    # Lets something happen so many times in any stretch of so many seconds. Not
    # thread-safe: whoever has one has a lock for it.
    #
    # @api private
    class Pace
      # @param times [Integer] at most
      # @param seconds [Numeric] in any stretch of this length
      def initialize(times, seconds)
        @times = times
        @seconds = seconds
        @taken = []
      end

      # @param now [Numeric] seconds
      # @return [Boolean] whether it may happen, and then it counts
      def take(now)
        return false unless wait(now).zero?

        @taken.shift if @taken.size == @times
        @taken << now
        true
      end

      # @param now [Numeric] seconds
      # @return [Numeric] seconds until it may happen; 0 for now
      def wait(now)
        return 0 if @taken.size < @times

        [@taken.first + @seconds - now, 0].max
      end
    end
  end
end
