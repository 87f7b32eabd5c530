# frozen_string_literal: true

module PresenceRs
  class Hub
    # Puts what a client has numbered from 1 on in order again, as the actions of a socket overtake each other on
    # Action Cable's pool. Not thread-safe: whoever has one has a lock for it.
    #
    # @api private
    class Turns
      # So many wait at most for one that is missing.
      HELD = 100

      def initialize
        @next = 1
        @held = {}
        @ready = []
      end

      # @return [Integer] the number that is missing, where others wait for it
      attr_reader :next

      # @param seq [Object] its number; what is none, or was passed already, waits for nothing
      # @param item [Object, nil] nil where only its number counts
      # @return [void]
      def arrive(seq, item)
        return @ready << item if !seq.is_a?(Integer) || seq < @next

        @held[seq] = item
        release
        give_up if @held.size > HELD
      end

      # Goes on without the one that is missing.
      #
      # @return [void]
      def give_up
        return if @held.empty?

        @next = @held.keys.min
        release
      end

      # Gives up the oldest of those whose turn has come, down to so many.
      #
      # @param most [Integer]
      # @return [Integer] how many those were
      def shorten(most)
        @ready.shift([@ready.size - most, 0].max).compact.size
      end

      # @return [Boolean] whether some wait for one that is missing
      def waiting?
        !@held.empty?
      end

      # @return [Object, nil] the next item
      def take
        item = @ready.shift until item || @ready.empty?
        item
      end

      private

      def release
        while @held.key?(@next)
          @ready << @held.delete(@next)
          @next += 1
        end
      end
    end
  end
end
