# frozen_string_literal: true

require_relative "wire/frames"
require_relative "wire/texts"
require_relative "wire/objects"
require_relative "wire/farewells"
require_relative "wire/heartbeats"

module PresenceRs
  class Hub
    # How messages reach a connection of Action Cable's. Its public way,
    # `connection.transmit(hash)`, encodes and frames anew for each socket, which
    # for a list of a thousand members takes longer than all else together. So
    # this folder, and nothing else in the gem, reaches into what Action Cable
    # (7.1 to 8.0) keeps private, and only where it finds it as it knows it:
    #
    # 1. {Frames} writes a finished WebSocket frame to a stock connection's socket.
    # 2. {Texts} hands finished text to the connection's WebSocket, which frames it.
    # 3. {Objects} is the public way: for the connection of a channel test, one that
    #    overrides how it transmits or encodes, or an Action Cable yet unknown.
    #
    # {Farewells} and {Heartbeats} are about the other direction.
    #
    # Each of the three answers `transmit(message, identifier)` with false once the socket is
    # closed, `alive?`, and `backlog` and `backlog_bytes`: how many writes wait for the client to read, and how long they are.
    # None of them blocks.
    #
    # @api private
    module Wire
      # @param connection [ActionCable::Connection::Base]
      # @return [Frames, Texts, Objects]
      def self.of(connection)
        websocket = Texts.websocket(connection)
        return Objects.new(connection) unless websocket

        socket = Frames.socket(websocket)
        socket ? Frames.new(socket) : Texts.new(websocket)
      end
    end
  end
end
