# frozen_string_literal: true

require_relative "message"
require_relative "pace"

module PresenceRs
  class Hub
    # Answers a client that wants a part of the list, once a second at most: one that
    # comes too early waits, and the latest of those that wait is answered.
    #
    # @api private
    class Pager
      # Writes that may wait in a socket for its client to read; beyond them it gets no
      # page, and has to ask again.
      BACKLOG = Follower::BACKLOG_FOR_STATE

      # @param hub [Hub]
      # @param topic [Topic]
      # @param socket [Socket]
      # @yield [#call] runs a block, and tells the client of what it raises
      def initialize(hub, topic, socket, &telling)
        @hub = hub
        @topic = topic
        @socket = socket
        @telling = telling
        @lock = Mutex.new
        @pace = Pace.new(1, 1)
        @waiting = false
      end

      # @param after [Object] from the client, as is the limit
      # @param limit [Object]
      # @return [void]
      def ask(after, limit)
        part = Page.check(after, limit)
        @lock.synchronize { @part = part }
        answer
      end

      # Whether somebody has still to be answered.
      def waiting? = !@part.nil?

      # What waits is not answered.
      #
      # @return [void]
      def forget
        @lock.synchronize { @part = nil }
      end

      # Answers what waits, if its time has come.
      #
      # @return [void]
      def answer
        part, wait = @lock.synchronize { take(@hub.now) }
        return send_page(*part) if part

        later(wait) if wait
      end

      private

      # @return [Array(Array, Numeric)] a part to be sent now, or nil and how long it has to wait
      def take(now)
        return if @part.nil?
        return [nil, @pace.wait(now)] unless @pace.take(now)

        [@part, nil].tap { @part = nil }
      end

      def later(seconds)
        return if @lock.synchronize { @waiting.tap { @waiting = true } }

        # Where time is moved by hand, the client's next word has to do.
        @waiting = @hub.later(seconds) do
          @waiting = false
          @telling.call { answer }
        end
      end

      def send_page(after, limit)
        return if @socket.backlog > BACKLOG

        @socket.transmit(Message.new(@topic.page(after: after, limit: limit).to_json))
      end
    end
  end
end
