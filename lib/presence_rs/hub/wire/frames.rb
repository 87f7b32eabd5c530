# frozen_string_literal: true

module PresenceRs
  class Hub
    module Wire
      # Writes finished frames to the socket of a stock connection: a server's
      # frames are not masked, so without extensions one frame suits every client.
      #
      # @api private
      class Frames
        # Of so many writes the sizes are known; whoever has more waiting gets nothing anyway.
        SIZES = 128

        # @param websocket [ActionCable::Connection::WebSocket]
        # @return [ActionCable::Connection::ClientSocket, nil] nil where it is not as
        #   this class knows it, or frames would not be the same for everyone
        def self.socket(websocket)
          socket = inside(websocket, :@websocket)
          driver = inside(socket, :@driver)
          return unless socket.class.name == "ActionCable::Connection::ClientSocket"
          return unless driver.class.name == "WebSocket::Driver::Hybi" && !inside(driver, :@masking)
          return unless inside(inside(driver, :@extensions), :@in_order) == []

          socket if inside(inside(socket, :@stream), :@write_buffer).respond_to?(:size)
        end

        def self.inside(object, name)
          object.instance_variable_get(name)
        end
        private_class_method :inside

        # @param socket [ActionCable::Connection::ClientSocket]
        def initialize(socket)
          @socket = socket
          @driver = socket.instance_variable_get(:@driver)
          @waiting = socket.instance_variable_get(:@stream).instance_variable_get(:@write_buffer)
          @sizes = []
        end

        # Writes what the kernel takes at once; Action Cable's event loop sees to the
        # rest. A frame that crosses with the closing one is ignored by the client.
        #
        # @param message [Message]
        # @param identifier [String]
        # @return [Boolean] false once the socket is closed
        def transmit(message, identifier)
          return false unless alive?

          frame = message.frame(identifier)
          note(frame.bytesize)
          @socket.write(frame)
          true
        end

        # @return [Boolean]
        def alive?
          @socket.alive? && @driver.state == :open
        end

        # @return [Integer] writes that wait for the client to read
        def backlog
          @waiting.size
        end

        # @return [Integer] bytes of such writes: those of our own last ones, as the others are small
        def backlog_bytes
          waiting = @waiting.size
          waiting.zero? ? 0 : @sizes.last(waiting).sum
        end

        private

        def note(bytes)
          @sizes.shift if @sizes.size == SIZES
          @sizes << bytes
        end
      end
    end
  end
end
