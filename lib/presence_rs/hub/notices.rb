# frozen_string_literal: true

require "monitor"
require_relative "message"
require_relative "pace"

module PresenceRs
  class Hub
    # What one subscription is told about itself, and nobody else is: its session,
    # and what went wrong.
    #
    # @api private
    class Notices
      # Errors that a client is told of in a second; a flood of wrong input is not
      # answered by a flood.
      ERRORS = 10

      # The code of each error, as the client gets it.
      CODES = {
        InvalidName => "invalid_name",
        InvalidMeta => "invalid_meta",
        InvalidEvent => "invalid_event",
        InvalidPage => "invalid_page",
        LimitExceeded => "limit_exceeded",
        StoreUnavailable => "store_unavailable"
      }.freeze

      # What heartbeats try again.
      PASSING = [LimitExceeded, StoreUnavailable].freeze

      # @param socket [Socket]
      def initialize(socket)
        @socket = socket
        @lock = Mutex.new
        @pace = Pace.new(ERRORS, 1)
      end

      # @param session [Session]
      # @param heartbeat [Float] seconds
      # @param named [Boolean] whether it is told who it is: where it may speak to others
      def session(session, heartbeat, named: false)
        fields = { type: "presence_session", topic: session.topic.name, resume: session.token, heartbeat: heartbeat }
        fields.update(id: session.member, session: session.public_name) if named
        @socket.transmit(Message.of(fields))
      end

      # @param error [Error] one of {CODES}
      # @param topic [String, nil] its name, where it has one that can be shown
      # @param heartbeat [Float, nil] seconds until what may pass is tried again
      def error(error, topic, heartbeat = nil)
        fields = { topic: topic, code: code(error), message: words(error, "this is tried again") }
        fields[:retry] = heartbeat if heartbeat && PASSING.any? { |type| error.is_a?(type) }
        tell(fields)
      end

      # An event that did not go out, for good.
      #
      # @param event [Object] its name, as the client gave it
      # @param error [Error, Array(String, String)] one of {CODES}, or a code and a message
      # @param topic [String] its name
      def refusal(event, error, topic)
        code, message = error.is_a?(Array) ? error : [code(error), words(error, "the event was not sent")]
        fields = { topic: topic, code: code, message: message }
        fields[:event] = event if event.is_a?(String) && event.bytesize <= 255
        tell(fields)
      end

      private

      def tell(fields)
        return unless @lock.synchronize { @pace.take(Process.clock_gettime(Process::CLOCK_MONOTONIC)) }

        @socket.transmit(Message.of(type: "presence_error", **fields))
      end

      def code(error)
        CODES.find { |type, _| error.is_a?(type) }.last
      end

      # A store's own words may name hosts and paths of the server.
      def words(error, then_what)
        return "The presence store cannot be reached; #{then_what}." if error.is_a?(StoreUnavailable)

        error.message.dup.force_encoding(Encoding::UTF_8).scrub
      end
    end
  end
end
