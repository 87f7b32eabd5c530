# frozen_string_literal: true

module PresenceRs
  module Stores
    class Shared
      # Listens for events of whatever process, on a thread of its own that sleeps until there is one. With a clock that is
      # moved by hand they are heard inside the call that wants to know.
      # @api private
      class Ears
        # Seconds until the next attempt, where the files cannot be opened.
        PAUSE = 1

        # @param store [Shared]
        def initialize(store)
          @store = store
          after_fork
        end

        # The thread stayed in the parent. Whoever follows something here asks for another one.
        # @return [void]
        def after_fork
          @lock = Mutex.new
          @thread = @listener = nil
        end

        # @param listener [Registry] its `hear`, `missed` and `report` are called
        # @param threaded [Boolean]
        # @return [void]
        def listen(listener, threaded:)
          return if @thread&.alive? || (@listener && !threaded) || @closed

          @lock.synchronize do
            next if @thread&.alive? || @closed

            @listener = listener
            begin_here
            @thread = spawn if threaded
          end
        end

        # @return [Array<Emission>] what there is to hear, where it is not told by itself
        def take
          return [] unless @listener

          found = []
          hear { |text| found << Emission.unpack(text) }
          found
        end

        # @return [void]
        def close
          @closed = true
          @thread&.kill unless @thread == Thread.current
        end

        private

        # What is emitted from here on is heard. Presence does not depend on it: where it cannot be, the thread tries again.
        def begin_here
          @store.listen_from_here
        rescue Error
          nil
        end

        def hear(&block)
          loop do
            texts, lost = @store.hear
            @listener.missed(lost) if lost.positive?
            texts.each(&block)
            return if texts.empty?
          end
        end

        def spawn
          Thread.new { run }.tap do |thread|
            thread.name = "presence_rs shared events"
            thread.report_on_exception = false
          end
        end

        def run
          until @closed
            begin
              hear { |text| @listener.hear(text) }
              @store.await_events
              @failure = nil
            rescue StandardError => e
              recover(e)
            end
          end
        end

        # Says the same once, not a thousand times, and tries again.
        def recover(error)
          @listener.report(error, thread: "shared events") unless @failure == error.class
          @failure = error.class
          sleep(PAUSE)
        end
      end
    end
  end
end
