# frozen_string_literal: true

require "json"

module PresenceRs
  module Http
    # The JSON object of a write: `{"session", "meta", "touch"}`, whatever content
    # type it claims (a beacon cannot set one). An empty body is an empty object.
    class Body
      # In bytes, unless `max_meta_bytes` asks for more.
      MAX_BYTES = 64 * 1024

      # A meta of n bytes may come in written as up to three times as many (`é` as
      # an escape); what is around it fits into the rest.
      def self.limit(config)
        [MAX_BYTES, (3 * config.max_meta_bytes) + 4096].max
      end

      # A Hash that refuses to be given a key twice: readers of JSON disagree on
      # which of the two counts.
      class UniqueKeys < Hash
        def []=(key, value)
          raise JSON::ParserError, "duplicate key" if key?(key)

          super
        end
      end

      # @param env [Hash]
      # @param limit [Integer] bytes; see {.limit}
      # @raise [Refusal] too_large, invalid_json; invalid_meta where it nests too deep
      def initialize(env, limit)
        @limit = limit
        @object = parse(read(env))
      end

      # @return [String] the session; "default" where left out
      # @raise [Refusal] invalid_name
      def session
        value = @object.fetch("session", Topic::DEFAULT_SESSION)
        return value if value.is_a?(String)

        raise Refusal.new(:invalid_name, "session must be a String, not #{shown(value)}")
      end

      # @return [Hash, nil] nil where left out
      # @raise [Refusal] invalid_meta
      def meta
        value = @object.fetch("meta") { return nil }
        return value if value.is_a?(Hash)

        raise Refusal.new(:invalid_meta, "meta must be a JSON object, not #{shown(value)}")
      end

      # @return [Boolean] whether only a live session is to be kept alive
      def touch?
        @object["touch"] == true
      end

      private

      # One byte above the limit is as far as it reads, whatever Content-Length
      # says, and without one.
      def read(env)
        text = take(env["rack.input"])
        # Whoever read the body before us, and could not rewind it, left it here: Rails
        # for its JSON params, Rack for a form (and for a POST of no type).
        text = (env["RAW_POST_DATA"] || env["rack.request.form_vars"]).to_s if text.empty?
        return text if text.bytesize <= @limit

        raise Refusal.new(:too_large, "The body is larger than #{@limit} bytes.")
      rescue EOFError
        raise Refusal.new(:invalid_json, "The body ended too early.")
      end

      def take(input)
        text = String.new(encoding: Encoding::BINARY)
        return text unless input

        rewind(input)
        while text.bytesize <= @limit && (part = input.read(@limit + 1 - text.bytesize))
          text << part
        end
        text
      end

      def rewind(input)
        input.rewind if input.respond_to?(:rewind)
      rescue Errno::ESPIPE
        # A pipe: it is where it was.
      end

      def parse(text)
        text = text.dup.force_encoding(Encoding::UTF_8)
        raise JSON::ParserError, "not UTF-8" unless text.valid_encoding?
        return {} if text.match?(/\A[ \t\r\n]*\z/)

        # Twice, since metas are to be plain Hashes; at this size that costs nothing.
        JSON.parse(text, object_class: UniqueKeys)
        object = JSON.parse(text)
        object.is_a?(Hash) ? object : raise(JSON::ParserError, "not an object")
      rescue JSON::NestingError
        # Nothing but a meta has a reason to nest, and the JSON itself is well-formed.
        raise Refusal.new(:invalid_meta, "meta is nested deeper than 100 levels")
      rescue JSON::ParserError
        raise Refusal.new(:invalid_json, "The body must be one JSON object in UTF-8 without duplicate keys, " \
                                         'such as {"session":"f81d4fae"}')
      end

      def shown(value)
        value.inspect[0, 60]
      end
    end
  end
end
