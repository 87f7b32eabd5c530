# frozen_string_literal: true

module PresenceRs
  module Http
    # A request that the API does not serve: raised anywhere on the way to an
    # answer, turned into `{"error": {"code", "message"}}` by {Endpoint}.
    class Refusal < StandardError
      STATUSES = {
        invalid_json: 400,
        unidentified: 401,
        forbidden: 403,
        foreign_origin: 403,
        not_found: 404,
        method_not_allowed: 405,
        gone: 410,
        too_large: 413,
        invalid_name: 422,
        invalid_meta: 422,
        invalid_page: 422,
        limit_exceeded: 429,
        store_unavailable: 503
      }.freeze

      # How long a client should leave a store alone that is away, in seconds.
      # Stores try again by themselves well within it.
      RETRY_AFTER = 5

      # What the registry refuses, said in HTTP.
      #
      # @param error [InvalidName, InvalidMeta, InvalidPage, LimitExceeded]
      # @return [Refusal]
      def self.for(error)
        code = case error
               when InvalidName then :invalid_name
               when InvalidMeta then :invalid_meta
               when InvalidPage then :invalid_page
               when LimitExceeded then :limit_exceeded
               end
        new(code, error.message)
      end

      # Without the cause's words: they may name hosts and paths of the server.
      #
      # @return [Refusal]
      def self.unavailable
        new(:store_unavailable, "The presence store cannot be reached; try again in #{RETRY_AFTER} s.",
            "retry-after" => RETRY_AFTER.to_s)
      end

      attr_reader :code, :status, :headers

      # @param code [Symbol] a key of {STATUSES}
      # @param message [String] what was wrong, and what to do
      # @param headers [Hash{String => String}] beyond those of every answer
      def initialize(code, message, headers = {})
        super(message)
        @code = code
        @status = STATUSES.fetch(code)
        @headers = headers
      end
    end
  end
end
