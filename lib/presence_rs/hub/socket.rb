# frozen_string_literal: true

require_relative "message"
require_relative "wire"

module PresenceRs
  class Hub
    # The way to one subscription: its connection's wire and its identifier. It
    # neither blocks nor raises: what goes wrong with one socket is its own matter.
    #
    # @api private
    class Socket
      # @param connection [ActionCable::Connection::Base]
      # @param identifier [String] of the subscription
      def initialize(connection, identifier)
        @identifier = identifier
        @wire = Wire.of(connection)
      end

      # @param message [Message]
      # @return [Boolean] false where it cannot be sent any more
      def transmit(message)
        @wire.transmit(message, @identifier)
      rescue StandardError => e
        PresenceRs.report(e, in: "sending a presence message")
        false
      end

      # @return [Boolean]
      def alive?
        @wire.alive?
      end

      # @return [Integer] writes that wait for the client to read; 0 where unknown
      def backlog
        @wire.backlog
      end

      # @return [Integer] bytes that wait; 0 where unknown
      def backlog_bytes
        @wire.backlog_bytes
      end
    end
  end
end
