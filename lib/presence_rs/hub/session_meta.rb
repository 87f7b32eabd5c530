# frozen_string_literal: true

module PresenceRs
  class Hub
    # What a session shows, as plain data with String keys, and which of its keys the
    # client may replace. It is never changed: each change makes another one.
    #
    # @api private
    class SessionMeta
      # @param values [Hash] from the app
      # @param permit [Array<String, Symbol>, String, Symbol] keys
      # @param limit [Integer] bytes of JSON
      # @raise [InvalidMeta]
      def initialize(values, permit, limit)
        @values = Meta.load(Meta.dump(values, limit)).freeze
        @permit = Array(permit).map(&:to_s).freeze
        @limit = limit
      end

      # @return [Hash{String => Object}] frozen
      def to_h
        @values
      end

      # @param changes [Object] from a client, so it may be anything
      # @return [SessionMeta] with the changes of permitted keys; null is a value too
      # @raise [InvalidMeta]
      def merge(changes)
        raise InvalidMeta, "the meta of presence_update is an object, like {\"typing\":true}" unless changes.is_a?(Hash)

        # Symbols come from an app's tests, never from a client.
        permitted = changes.transform_keys(&:to_s).slice(*@permit)
        permitted.empty? ? self : replace(@values.merge(permitted))
      end

      # @param values [Hash]
      # @return [SessionMeta] with all of these values, and the same permitted keys
      # @raise [InvalidMeta]
      def replace(values)
        self.class.new(values, @permit, @limit)
      end
    end
  end
end
