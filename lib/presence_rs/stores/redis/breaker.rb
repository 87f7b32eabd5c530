# frozen_string_literal: true

module PresenceRs
  module Stores
    class Redis
      # Keeps the application's threads free while the server is away: after a failure all callers are refused at once,
      # but for one now and then that finds out whether it is back.
      # @api private
      class Breaker
        # Seconds until the first who asks again, and at most.
        PAUSE = 0.25
        MAX_PAUSE = 1.0

        # Why a caller was refused.
        class Open < StandardError; end

        def initialize
          @lock = Mutex.new
          @pause = PAUSE
        end

        # @return [Boolean] whether callers are refused
        def open? = !@error.nil?

        # @return [Exception, nil] what made it open
        attr_reader :error

        # @return [Float] seconds until somebody may ask again; 0 while it is closed
        def pause = @error ? [@again_at - now, 0].max : 0

        # @yieldparam probe [Boolean] whether this caller finds out for all
        # @raise [Open] whose cause is what went wrong the last time
        def run
          probe = @error && enter
          yield(probe || false).tap { close if @error }
        ensure
          @probing = false if probe
        end

        # Refuses whoever was let in while all was well, and has waited for a connection since.
        # @return [void]
        # @raise [Open]
        def refuse
          error = @error
          raise Open, words(error), cause: error if error
        end

        # @param error [Exception] the server cannot be asked
        # @param probe [Boolean] whether this was found out for all; others who failed say the same of one outage
        # @return [void]
        def trip(error, probe: false)
          @lock.synchronize do
            next if @error && !probe

            @pause = @error ? [@pause * 2, MAX_PAUSE].min : PAUSE
            @error = error
            @again_at = now + @pause
          end
        end

        private

        def enter
          @lock.synchronize do
            # It may be back since.
            error = @error or next false
            raise Open, words(error), cause: error if @probing || pause.positive?

            @probing = true
          end
        end

        def words(error) = "#{error.message} a moment ago; it is asked again in #{pause.round(2)} s"

        def close
          @lock.synchronize do
            @error = nil
            @pause = PAUSE
          end
        end

        def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      end
    end
  end
end
