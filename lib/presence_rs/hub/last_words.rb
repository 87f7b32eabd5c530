# frozen_string_literal: true

module PresenceRs
  class Hub
    # Prepended to Action Cable's connections: a goodbye that a page sends while it is left is heard.
    #
    # Action Cable works messages off on a pool, and drops those whose socket has closed by then ("Ignoring message
    # processed after the WebSocket was closed"). On a page change the goodbye and the close come together, so that half
    # of all goodbyes would count as drops, and their members would stay for `grace` instead of `linger`. So they are
    # said again when the connection closes, before its subscriptions are ended; to hear one twice does no harm.
    #
    # @api private
    module LastWords
      # A goodbye is short, and a connection has few subscriptions.
      BYTES = 1_024
      MESSAGES = 20
      private_constant :BYTES, :MESSAGES

      # @param message [String] as it came from the socket, in the order of the socket
      def receive(message)
        remember_goodbye(message) if message.is_a?(String) && message.bytesize <= BYTES && message.include?("presence_leave")
        super
      end

      private

      def handle_close
        @presence_goodbyes&.each do |message|
          handle_channel_command(decode(message))
        rescue StandardError => e
          PresenceRs.report(e, while: "hearing a goodbye")
        end
        super
      end

      def remember_goodbye(message)
        goodbyes = (@presence_goodbyes ||= [])
        goodbyes.shift if goodbyes.size >= MESSAGES
        goodbyes << message
      end
    end
  end
end
