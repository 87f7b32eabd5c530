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
      def session(session, heartbeat)
        @socket.transmit(Message.of(type: "presence_session", topic: session.topic.name,
                                    resume: session.token, heartbeat: heartbeat))
      end

      # @param error [Error] one of {CODES}
      # @param topic [String, nil] its name, where it has one that can be shown
      # @param heartbeat [Float, nil] seconds until what may pass is tried again
      def error(error, topic, heartbeat = nil)
        return unless @lock.synchronize { @pace.take(Process.clock_gettime(Process::CLOCK_MONOTONIC)) }

        fields = { type: "presence_error", topic: topic, code: CODES.find { |type, _| error.is_a?(type) }.last,
                   message: words(error) }
        fields[:retry] = heartbeat if heartbeat && PASSING.any? { |type| error.is_a?(type) }
        @socket.transmit(Message.of(fields))
      end

      private

      # A store's own words may name hosts and paths of the server.
      def words(error)
        return "The presence store cannot be reached; this is tried again." if error.is_a?(StoreUnavailable)

        error.message.dup.force_encoding(Encoding::UTF_8).scrub
      end
    end
  end
end
