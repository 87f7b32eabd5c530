# frozen_string_literal: true

module PresenceRs
  module Stores
    class Redis
      # What this process knows of the time: its own, in which hosted sessions are measured, and the server's.
      #
      # A bucket's time is the server's. This tells each script when the caller believes it is there, so that a command
      # that was held up does nothing, and for how long the caller could reach nobody, or by how much the server's clock was
      # set ahead: that counts for nobody.
      # @api private
      class Timeline
        # ms that a process may be late before it stood still.
        TOLERANCE = 1_000

        def initialize
          @skipped = 0
          @expected = nil
          @offset = nil
          @heard = {}
          @lost = {}
          @stepped = {}
        end

        # @return [Integer] ms, without those during which this process stood still
        def now
          raw = self.raw
          expected = @expected
          if expected && raw > expected + TOLERANCE
            @expected = raw
            @skipped += raw - expected
            # The store was not asked in this time either.
            @heard.each_key { |bucket| @lost[bucket] = true }
          end
          raw - @skipped
        end

        # The ticker sleeps now, and will be back by then at the latest.
        # @param milliseconds [Numeric, nil] nil: whenever it is called
        def expect(milliseconds)
          @expected = milliseconds && (raw + milliseconds)
        end

        # @return [Boolean] whether the server's clock was ever told
        def known? = !@offset.nil?

        # @param at [Integer] ms, by {#now}
        # @return [Integer] the same by the server's clock
        def server(at = now) = at + @skipped + (@offset || 0)

        # @return [Integer] ms of the machine's monotonic clock
        def raw = Process.clock_gettime(Process::CLOCK_MONOTONIC, :millisecond)

        # @return [Array] the times that a script is told
        def stamps(bucket)
          now
          [@offset ? raw + @offset : "", away(bucket)]
        end

        # The server has answered. An answer that took long says little about its clock: what was known is kept where it may
        # still be so, else who joins meanwhile would seem to have begun before it did.
        # @param stamp [Integer] ms since 1970 there
        # @param sent [Integer] ms, by {#raw}
        # @return [void]
        def heard(bucket, stamp, sent = raw)
          at = raw
          @offset = stamp - at unless @offset&.between?(stamp - at, stamp - sent)
          @heard[bucket] = at
          @lost.delete(bucket)
          @stepped.delete(bucket)
        end

        # The server could not be asked.
        # @return [void]
        def lost(bucket)
          @lost[bucket] = true
        end

        # The server did not do what it was told, since the time that it was told is not its own.
        # @param sent [Integer] ms, by {#raw}
        # @return [void]
        def corrected(stamp, sent)
          at = raw
          ahead = stamp - at - (@offset || 0)
          # A quick answer: it is the clock that was set, not the answer that was held up.
          @heard.each_key { |bucket| @stepped[bucket] = ahead } if @offset && at - sent < TOLERANCE / 2 && ahead.positive?
          @offset = stamp - at
        end

        private

        def away(bucket)
          lost = @lost[bucket] && @heard[bucket] ? raw - @heard[bucket] : 0
          [lost, @stepped[bucket] || 0].max
        end
      end
    end
  end
end
