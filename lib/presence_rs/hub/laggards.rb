# frozen_string_literal: true

module PresenceRs
  class Hub
    # Those whose sockets are full, with the events that wait for each: the last hundred, in order. Used by one thread at
    # a time.
    #
    # @api private
    class Laggards
      # Writes that may wait in a socket. So few, that events are never what makes it miss a diff or a state.
      BACKLOG = 4
      # Events that wait for one of them.
      WAITING = 100

      # @param follower [Follower]
      # @return [Boolean] whether its socket takes one more event
      def self.ready?(follower)
        follower.socket.backlog <= BACKLOG
      end

      # @yieldparam count [Integer] events that were given up
      # @yieldparam topic [String]
      def initialize(&lost)
        @lost = lost
        @waiting = {}.compare_by_identity
      end

      def empty?
        @waiting.empty?
      end

      # @param follower [Follower]
      # @return [Boolean] whether something waits for it, so that what comes has to wait behind it
      def include?(follower)
        @waiting.key?(follower)
      end

      # @param follower [Follower]
      # @param emission [Emission]
      # @param message [Message] of it
      # @return [void]
      def add(follower, emission, message)
        waiting = (@waiting[follower] ||= [])
        waiting << [emission, message]
        @lost.call(1, follower.topic) if waiting.size > WAITING && waiting.shift
      end

      # Goes on with those who read again.
      #
      # @param now [Numeric] seconds
      # @return [void]
      def catch_up(now)
        @waiting.delete_if do |follower, waiting|
          send_out(follower, waiting, now)
          waiting.empty? || !follower.socket.alive? || cut_off?(follower, waiting, now)
        end
      end

      private

      def send_out(follower, waiting, now)
        while (emission, message = waiting.first) && follower.hears?(emission, now) && Laggards.ready?(follower)
          return unless follower.socket.transmit(message)

          waiting.shift
        end
      end

      # Until it is heard again, or for good.
      def cut_off?(follower, waiting, now)
        return false if follower.hears?(waiting.first.first, now)

        @lost.call(waiting.size, follower.topic) if follower.stage == :out
        true
      end
    end
  end
end
