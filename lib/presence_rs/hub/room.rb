# frozen_string_literal: true

module PresenceRs
  class Hub
    # The followers of one topic in this process. Its mutex is the innermost lock:
    # under it nothing but sockets is called, never the registry, as reading a state
    # may publish, and publishing may come back here on the same thread.
    #
    # @api private
    class Room
      # @return [Topic]
      attr_reader :topic

      # @param topic [Topic]
      def initialize(topic)
        @topic = topic
        @mutex = Mutex.new
        @followers = {}.compare_by_identity
        @retired = false
        @acks = Acks.new
      end

      # Once empty a room is dropped, and takes nobody in again.
      def retired?
        @retired
      end

      # @return [Integer]
      def size
        @mutex.synchronize { @followers.size }
      end

      # @return [Array<Follower>] as it is now
      def followers
        @mutex.synchronize { @followers.keys }
      end

      # What must be found out for followers; asked without the mutex.
      #
      # @param need [Symbol] `:state` or `:position`
      # @return [Delivery, Array(String, Integer, Integer)]
      # @raise [StoreUnavailable]
      def find_out(need)
        return @topic.position if need == :position

        # The same snapshot again, as in a storm of joins, is not encoded again.
        snapshot = @topic.state
        state = @state
        state&.source.equal?(snapshot) ? state : @state = Delivery.of_state(snapshot)
      end

      # Makes a follower hold its diffs, for {#settle} with a state.
      #
      # @return [Symbol] `:entered`; `:busy` when another thread sees to it already
      #   (or it is gone); `:retired` when another room must be made
      def enter(follower)
        @mutex.synchronize do
          next :retired if @retired

          entered = follower.hold(asked: true)
          @followers[follower] = true if entered
          retire
          entered ? :entered : :busy
        end
      end

      # Takes a follower out for good.
      #
      # @return [Symbol, nil] `:retired` as {#enter}
      def leave(follower)
        @mutex.synchronize do
          next :retired if @retired

          follower.gone
          @followers.delete(follower)
          retire
          nil
        end
      end

      # Takes out those who still hold, until they are heard again.
      #
      # @param followers [Array<Follower>]
      def give_up(followers)
        @mutex.synchronize do
          followers.each do |follower|
            next unless follower.stage == :holding

            follower.out
            @followers.delete(follower)
          end
          retire
        end
      end

      # @param delivery [Delivery]
      # @param now [Numeric] seconds
      # @return [Hash{Symbol => Array<Follower>}] by what must be found out for them
      def deliver(delivery, now)
        sort do |follower|
          follower.out if follower.stage == :following && follower.silent?(now)
          follower.offer(delivery) unless follower.stage == :out
        end
      end

      # @param followers [Array<Follower>]
      # @param answer see {Follower#settle}
      # @return [Hash{Symbol => Array<Follower>}] as {#deliver}
      def settle(followers, answer)
        sort(followers) do |follower|
          follower.settle(answer) if follower.stage == :holding
        end
      end

      # Tells a follower what was last sent to it; one that holds gets a state soon.
      #
      # @return [Boolean] false when it is out, and somebody has to fetch it a state
      def ack(follower)
        @mutex.synchronize do
          case follower.stage
          when :following then follower.ack(@acks)
          when :holding then follower.hold(asked: true)
          end
          follower.stage != :out
        end
      end

      private

      # Does something with followers, all of them where none are given.
      def sort(followers = nil)
        needs = {}
        @mutex.synchronize do
          (followers || @followers.keys).each do |follower|
            need = yield follower
            (needs[need] ||= []) << follower if need
            @followers.delete(follower) if follower.stage == :out
          end
          retire
        end
        needs
      end

      def retire
        @retired = @followers.empty?
      end
    end
  end
end
