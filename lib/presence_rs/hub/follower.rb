# frozen_string_literal: true

require_relative "acks"
require_relative "message"

module PresenceRs
  class Hub
    # One socket that follows one topic, and what was last sent to it. The room of
    # the topic owns it: all that decides or sends runs under the room's mutex, so
    # that states, diffs and acks leave in version order. Its stages:
    #
    # - `:out`: gets nothing until it is heard again;
    # - `:following`;
    # - `:holding`: keeps diffs back while one thread finds out, without any lock,
    #   what they mean to it: while a state is fetched for it, and when a diff does
    #   not go on from what it has;
    # - `:gone`, for good.
    #
    # @api private
    class Follower
      # Diffs that are kept back at most; beyond them a new state is shorter.
      HELD = 1_000

      # Writes that may wait in a socket for its client to read. Beyond them it gets
      # nothing until it is heard again; a state may be large, so fewer may wait.
      BACKLOG = 100
      # See {BACKLOG}.
      BACKLOG_FOR_STATE = 8
      # The same in bytes: a message may be of any size, if no more than this waits before it.
      BACKLOG_BYTES = 1_048_576

      # @return [String] its name
      attr_reader :topic
      # @return [Socket]
      attr_reader :socket
      # @return [Symbol]
      attr_reader :stage

      # @return [Float, nil] where it follows how many there are, and not who: how often it is to be heard, in seconds
      attr_accessor :counts

      # @return [Session, nil] what it stands for; nil where it only watches
      attr_accessor :session

      # @param topic [String] its name
      # @param socket [Socket]
      # @param ttl [Numeric] seconds that it may be silent
      # @param now [Numeric] seconds
      def initialize(topic:, socket:, ttl:, now:)
        @topic = topic
        @socket = socket
        @ttl = ttl
        @heard_at = now
        @stage = :out
      end

      # Called from any thread: one write each, and the latest word counts.
      def heard(now, ttl = @ttl)
        @heard_at = now
        @ttl = ttl
      end

      # @return [Boolean] whether nothing was heard of it for its ttl
      def silent?(now)
        now - @heard_at >= @ttl
      end

      # Called from any thread.
      #
      # @param emission [Emission]
      # @return [Boolean] whether it is for this socket, and its client is there
      def hears?(emission, now)
        return false if counts || @stage == :out || @stage == :gone || silent?(now)
        return emission.to.nil? if @session.nil?

        @session.here? && emission.for?(@session.member, @session.public_name)
      end

      # @param epoch [Object] from the client, as is the version
      # @return [Boolean] whether that is what was last sent to it
      def at?(epoch, version)
        @stage == :following && !epoch.nil? && @epoch == epoch && @version == version
      end

      # Turns to `:holding`, since a state will be fetched.
      #
      # @param asked [Boolean] whether it gets that state even if it has it already
      # @return [Boolean] false when somebody sees to it already, or it is gone
      def hold(asked:)
        return false if @stage == :gone

        @asked ||= asked
        return false if @stage == :holding

        @stage = :holding
        @held = []
        @known = 0
        true
      end

      # Nothing is sent until it is heard again.
      def out
        @stage = :out unless @stage == :gone
        @held = @asked = nil
      end

      # Nothing is ever sent again.
      def gone
        out
        @stage = :gone
      end

      # @param delivery [Delivery] the next of the feed
      # @return [Symbol, nil] `:state` or `:position`: what must be found out for it
      #   (see {#settle}), as it holds now; nil when all is done
      def offer(delivery)
        return keep(delivery) if @stage == :holding
        return unless (need = take(delivery))

        hold(asked: false)
        @held << delivery
        want(need)
      end

      # Goes on with what is held, now that something was found out.
      #
      # @param answer [Delivery, Array(String, Integer, Integer)] a state, or the
      #   topic's position: younger than what was held when it was wanted
      # @return [Symbol, nil] as {#offer}
      def settle(answer)
        return start_over if @held.size > HELD
        return want(:state) unless answer.is_a?(Array) ? judge(answer) : accept(answer)

        while @stage == :holding && (delivery = @held.first)
          need = take(delivery)
          return want(need) if need

          @held&.shift
        end
        return if @stage != :holding
        return want(:state) if @asked

        @stage = :following
        nil
      end

      # @param acks [Acks] those of its room
      # @return [Boolean] whether an ack of what was last sent went out
      def ack(acks = Acks.new)
        write(acks.of(@topic, @epoch, @version, @count), BACKLOG)
      end

      private

      def keep(delivery)
        @held << delivery if @held.size <= HELD
        nil
      end

      def start_over
        @held = []
        want(:state)
      end

      def want(need)
        @known = @held.size
        need
      end

      # Sends what goes on from here, skips what is known here.
      #
      # @return [Symbol, nil] what must be found out before that can be decided
      def take(delivery)
        return :position if delivery.epoch != @epoch
        return if delivery.version <= @version
        return :state unless delivery.complete? || delivery.from <= @version

        send_out(delivery, BACKLOG)
        nil
      end

      # A diff of another epoch: is that later than ours, or one that ended while the
      # diff was on its way here? The epoch that the topic has now tells.
      #
      # @return [Boolean] whether it did
      def judge(position)
        foreign = @held.first
        if position.first != @epoch
          return false unless position.first == foreign.epoch && foreign.complete?

          send_out(foreign, BACKLOG)
        end
        @held&.shift
        true
      end

      # What was held when the state was wanted is in it, or of an epoch before it.
      def accept(state)
        index = 0
        @held.reject! { |held| (index += 1) <= @known && held.epoch != state.epoch }
        due = state.epoch != @epoch || state.version > @version || (@asked && state.version == @version)
        @asked = nil
        send_out(state, BACKLOG_FOR_STATE) if due
        true
      end

      def send_out(delivery, backlog)
        return unless write(counts ? delivery.count_message(counts) : delivery.message, backlog)

        @epoch = delivery.epoch
        @version = delivery.version
        @count = delivery.count
      end

      def room?(backlog)
        waiting = @socket.backlog
        waiting.zero? || (waiting <= backlog && @socket.backlog_bytes <= BACKLOG_BYTES)
      end

      def write(message, backlog)
        return true if room?(backlog) && @socket.transmit(message)

        out
        false
      end
    end
  end
end
