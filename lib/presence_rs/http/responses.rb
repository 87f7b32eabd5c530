# frozen_string_literal: true

module PresenceRs
  module Http
    # Rack responses: lower-case header names (Rack 3 asks for them, Rack 2 does
    # not mind), fresh unfrozen Arrays and Hashes, since middleware outside of ours
    # adds headers of its own.
    module Responses
      module_function

      # @param status [Integer]
      # @param text [String] JSON that is escaped already
      # @param headers [Hash{String => String}]
      def json(status, text, headers = {})
        [status,
         { "content-type" => "application/json", "content-length" => text.bytesize.to_s,
           "cache-control" => "no-store" }.merge!(headers),
         [text]]
      end

      # 204: neither body nor content headers.
      def empty
        [204, { "cache-control" => "no-store" }, []]
      end

      # @param refusal [Refusal]
      def error(refusal)
        message = refusal.message.dup.force_encoding(Encoding::UTF_8).scrub
        json(refusal.status, Json.generate({ error: { code: refusal.code, message: message } }), refusal.headers)
      end

      # The answer to a HEAD: the headers of the GET, no body.
      def without_body(response)
        status, headers, = response
        [status, headers, []]
      end
    end
  end
end
