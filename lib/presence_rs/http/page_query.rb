# frozen_string_literal: true

require "uri"

module PresenceRs
  module Http
    # What a GET says of the part of the list that it wants: `?after=41&limit=100`.
    module PageQuery
      KEYS = %w[after limit].freeze

      # @param env [Hash]
      # @return [Hash{Symbol => String, Integer}, nil] as {Topic#page} takes it; nil where no part is asked for
      # @raise [InvalidPage]
      def self.of(env)
        asked = pairs(env["QUERY_STRING"].to_s)
        return if asked.empty?

        # An empty one begins, as a form sends it.
        part = asked["after"].to_s.empty? ? {} : { after: asked["after"] }
        part[:limit] = number(asked["limit"]) if asked.key?("limit")
        part
      end

      # Not `URI.decode_www_form`, which makes something of whatever it is given.
      def self.pairs(query)
        found = query.split("&").map { |pair| pair.split("=", 2) }.select { |key, _| KEYS.include?(key) }
        found.to_h.transform_values { |value| URI.decode_www_form_component(value.to_s) }
      rescue ArgumentError
        raise InvalidPage, "the query #{query[0, 60].inspect} has bad percent-escapes; write a literal % as %25"
      end

      # What is no number is left to {Page.check} to refuse.
      def self.number(text)
        text.match?(/\A\d{1,9}\z/) ? text.to_i : text
      end
      private_class_method :pairs, :number
    end
  end
end
