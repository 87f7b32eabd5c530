# frozen_string_literal: true

module PresenceRs
  class Hub
    # The sessions that sockets of this process stand for: found by token when a page
    # comes back and names its earlier one, and by member when that one is sent away,
    # or something is said to them.
    #
    # @api private
    class Roll
      # Below this size nobody looks for what was left behind.
      FEW = 64

      def initialize
        @mutex = Mutex.new
        @sessions = {}
        @members = {}
        @look_at = FEW
      end

      # @param session [Session]
      def add(session)
        @mutex.synchronize do
          @sessions[session.token] = session
          (@members[session.member] ||= {})[session.token] = session
          forget_closed if @sessions.size > @look_at
        end
      end

      # @param session [Session]
      def remove(session)
        @mutex.synchronize do
          @sessions.delete(session.token)
          strike(session)
        end
      end

      # @param token [String]
      # @return [Session, nil]
      def [](token)
        @mutex.synchronize { @sessions[token] }
      end

      # @param member [String] its id
      # @param topic [String, nil] nil for all
      # @return [Array<Session>]
      def of_member(member, topic = nil)
        all = @mutex.synchronize { @members[member]&.values } || []
        topic ? all.select { |session| session.topic.name == topic } : all
      end

      # @return [Integer]
      def size
        @mutex.synchronize { @sessions.size }
      end

      private

      # Action Cable does not unsubscribe what it closes by itself (a restart, a
      # reload of code), nor the rest of a connection after one of its channels raised.
      def forget_closed
        @sessions.select! { |_, session| session.socket_alive? || strike(session) }
        @look_at = [2 * @sessions.size, FEW].max
      end

      # @return [nil]
      def strike(session)
        theirs = @members[session.member] or return
        theirs.delete(session.token)
        @members.delete(session.member) if theirs.empty?
        nil
      end
    end
  end
end
