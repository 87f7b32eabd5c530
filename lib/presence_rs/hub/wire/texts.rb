# frozen_string_literal: true

module PresenceRs
  class Hub
    module Wire
      # Hands finished text to a connection's WebSocket, past the encoder.
      #
      # @api private
      class Texts
        # @param connection [ActionCable::Connection::Base]
        # @return [ActionCable::Connection::WebSocket, nil] nil where text of ours
        #   would miss something that the connection does to its messages
        def self.websocket(connection)
          return unless defined?(::ActionCable::Connection::Base)
          return unless connection.is_a?(::ActionCable::Connection::Base) && stock?(connection)

          websocket = connection.send(:websocket)
          websocket if websocket.respond_to?(:transmit) && websocket.respond_to?(:alive?)
        end

        def self.stock?(connection)
          owners = %i[transmit encode websocket].map { |name| connection.method(name).owner }
          owners.uniq == [::ActionCable::Connection::Base] &&
            connection.instance_variable_get(:@coder).equal?(::ActiveSupport::JSON)
        rescue NameError
          false
        end
        private_class_method :stock?

        # @param websocket [ActionCable::Connection::WebSocket]
        def initialize(websocket)
          @websocket = websocket
        end

        # @param message [Message]
        # @param identifier [String]
        # @return [Boolean] false once the socket is closed
        def transmit(message, identifier)
          @websocket.transmit(message.text(identifier)) ? true : false
        end

        # @return [Boolean]
        def alive?
          @websocket.alive? ? true : false
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
