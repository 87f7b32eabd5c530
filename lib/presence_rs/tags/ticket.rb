# frozen_string_literal: true

require "json"

module PresenceRs
  module Tags
    # What a page may ask of the server, in the words of a view of this app: it is signed, so that nobody else can have
    # written it. It holds for good, as that of a page which is kept open does; `config.authorize` is asked each time.
    # @api private
    module Ticket
      # What is longer was not made here: a topic or a member have 255 bytes, a meta 4 KB as a rule.
      LONGEST = 64 * 1024

      module_function

      # @param kind [Symbol] what it is good for: a ticket of one kind is none of another
      # @param words [Hash, Array] what JSON can say
      # @return [String]
      def sign(kind, words)
        verifier.generate(JSON.generate(words), purpose: purpose(kind))
      end

      # @param text [Object] whatever a client sent
      # @return [Hash, Array, nil] nil for what this app has not signed, or for something else
      def read(kind, text)
        return unless text.is_a?(String) && text.bytesize <= LONGEST

        words = verifier.verified(text, purpose: purpose(kind))
        words && JSON.parse(words)
      end

      def purpose(kind) = "presence_rs.#{kind}"

      # The app's own, with the keys that it rotates.
      def verifier = Rails.application.message_verifier("presence_rs")
    end
  end
end
