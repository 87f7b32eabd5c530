# frozen_string_literal: true

module PresenceRs
  module Stores
    class Redis
      # What a process does for the store by itself: it tells what it has heard, and takes its turn in sweeping what is
      # over and publishing what is due.
      # @api private
      module Ticking
        # Blocks until there is something to tick for, or to drain.
        # @return [void]
        def wait
          @ticked = true
          return if @closed

          unless @agenda
            # Nothing is known of the server yet.
            @outset.pop(timeout: @away.empty? ? 0 : [@link.breaker.pause, 0.25].max)
            @outset.clear
            return
          end
          return unless @outbox.empty?

          @agenda.wait { |milliseconds| @time.expect(milliseconds) }
          # Has it slept for longer than it meant to?
          @time.now
          @time.expect(nil)
        end

        # @param force [Boolean] publish all that is pending
        # @return [Boolean] whether all is done
        def tick(force)
          @ticked = true
          return all_buckets.map { |bucket| pulse(bucket, force: true) }.all? if force

          @link.apart do
            all_buckets
            @agenda.take.each { |bucket| pulse_or_later(bucket) }
          end
          @positions.forget(@feed.prune(&@followed)) if @followed
          true
        rescue StoreUnavailable => e
          raise if force

          away(nil, e)
        end

        # @return [Array<Diff, Revocation, Emission>] since the last call, each topic's diffs in order
        def drain
          @feed.poll if @manual && @feed
          drained = []
          drained << @outbox.pop until @outbox.empty?
          drained
        end

        # Ends a {#wait}, or the next one.
        # @return [void]
        def wake
          @outset << true
          @agenda&.ring
        end

        private

        def pulse_or_later(bucket)
          @agenda.add(bucket, 0) unless pulse(bucket)
          back(bucket) if @away.any?
        rescue StoreUnavailable => e
          @agenda.add(bucket, [@link.breaker.pause * 1000, 50].max)
          away(bucket, e)
        end

        # Says so once an outage.
        def away(bucket, error)
          PresenceRs.report(error, thread: "ticker") if @away.empty?
          @away[bucket] = true
          true
        end

        def back(bucket)
          @away.delete(nil)
          @away.delete(bucket)
          @feed.doubt if @away.empty?
        end

        def pulse(bucket, force: false)
          done, diff_in, expiry_in, mine, held, many = @renewal.pulse(bucket, force:)
          plan(bucket, diff_in, expiry_in, mine == 1, held, many) unless @manual || force
          done == 1
        end

        # When to be back: the process that ticks for all when the next thing is due; the others at a random moment
        # after its time has run out, the later the more of them there are, so that a hundred of them cost as much as one.
        def plan(bucket, diff_in, expiry_in, mine, held, many)
          nothing = diff_in.negative? && expiry_in.negative?
          if !mine
            @agenda.add(bucket, held + (rand * many * @beat * (nothing ? 5 : 1)) + 1)
          elsif !nothing
            next_expiry = expiry_in.negative? ? @beat : expiry_in.clamp(@beat / 2, @beat)
            @agenda.add(bucket, diff_in.negative? ? next_expiry : [diff_in, next_expiry].min)
          end
        end
      end
    end
  end
end
