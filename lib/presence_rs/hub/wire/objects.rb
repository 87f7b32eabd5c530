# frozen_string_literal: true

module PresenceRs
  class Hub
    module Wire
      # The public way to a connection, which encodes for itself. It serves
      # `ActionCable::Channel::TestCase` too, whose `transmissions` see every message.
      #
      # @api private
      class Objects
        # @param connection [#transmit]
        def initialize(connection)
          @connection = connection
        end

        # @param message [Message]
        # @param identifier [String]
        # @return [Boolean]
        def transmit(message, identifier)
          @connection.transmit(identifier: identifier, message: message.data)
          true
        end

        # Whoever gives no sign of being closed is taken for open: its ttl ends it.
        #
        # @return [Boolean]
        def alive?
          websocket = @connection.send(:websocket) if @connection.respond_to?(:websocket, true)
          return true unless websocket.respond_to?(:alive?)

          websocket.alive? ? true : false
        end

        # @return [Integer] 0, as nobody can tell
        def backlog
          0
        end
        alias backlog_bytes backlog
      end
    end
  end
end
