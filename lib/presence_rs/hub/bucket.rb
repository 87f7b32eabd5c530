# frozen_string_literal: true

module PresenceRs
  class Hub
    # Lets something happen so often in the long run, and so many times at once: a token bucket. Unlike {Pace}, one that
    # keeps exactly to the rate is never refused. Not thread-safe: whoever has one has a lock for it.
    #
    # @api private
    class Bucket
      # @param per_second [Numeric] in the long run
      # @param burst [Integer] at once, at most
      def initialize(per_second, burst)
        @per_second = per_second
        @burst = burst
        @tokens = burst
      end

      # @param now [Numeric] seconds
      # @return [Boolean] whether it may happen, and then it counts
      def take(now)
        @tokens = [@burst, @tokens + ((now - @at) * @per_second)].min if @at
        @at = now
        return false if @tokens < 1

        @tokens -= 1
        true
      end
    end
  end
end
