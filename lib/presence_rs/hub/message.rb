# frozen_string_literal: true

require "json"

module PresenceRs
  class Hub
    # One JSON object on its way to many sockets. What differs between sockets is the
    # identifier of their subscription, and pages of an app mostly share that too: so
    # text and WebSocket frame are made once for each identifier, and every socket is
    # handed the same frozen String.
    #
    # Used by one thread at a time: the one that holds the room's mutex.
    #
    # @api private
    class Message
      # The first byte of a final, unmasked text frame without extensions.
      TEXT_FRAME = 0x81

      # So many identifiers' Strings are kept; an app whose every page has an identifier
      # of its own would else keep a copy of a long list for each.
      KEPT = 16

      # @param fields [Hash{Symbol => Object}]
      # @return [Message]
      def self.of(fields)
        new(Json.generate(fields))
      end

      # @return [String] the object alone, as JSON
      attr_reader :json

      # @param json [String] a JSON object in UTF-8, escaped already
      def initialize(json)
        @json = json
        @texts = {}
        @frames = {}
      end

      # @param identifier [String] of a subscription, as the client sent it
      # @return [String] frozen: the envelope that Action Cable's clients expect
      def text(identifier)
        keep(@texts, identifier) { envelope(identifier) }
      end

      # @param identifier [String]
      # @return [String] frozen, binary: {#text} as a WebSocket frame from a server
      def frame(identifier)
        keep(@frames, identifier) do
          payload = envelope(identifier).b
          header(payload.bytesize) << payload
        end
      end

      # @return [Hash] for connections that encode by themselves; not to be changed
      def data
        @data ||= JSON.parse(@json)
      end

      private

      def envelope(identifier)
        %({"identifier":#{JSON.generate(identifier)},"message":#{@json}})
      end

      def keep(strings, identifier)
        strings[identifier] || yield.freeze.tap { |string| strings[identifier] = string if strings.size < KEPT }
      end

      def header(size)
        if size < 126 then [TEXT_FRAME, size].pack("CC")
        elsif size < 65_536 then [TEXT_FRAME, 126, size].pack("CCn")
        else [TEXT_FRAME, 127, size].pack("CCQ>")
        end
      end
    end
  end
end
