# frozen_string_literal: true

module PresenceRs
  # Turns a meta into the JSON text that is kept.
  # @api private
  module Meta
    # No meta.
    EMPTY = {}.freeze
    # Its text.
    EMPTY_TEXT = "{}"
    MAX_DEPTH = 64
    private_constant :MAX_DEPTH

    class << self
      # @param meta [Hash, #to_hash]
      # @param max_bytes [Integer]
      # @return [String] JSON
      # @raise [InvalidMeta]
      def dump(meta, max_bytes)
        return EMPTY_TEXT if meta.equal?(EMPTY)

        hash = to_hash(meta)
        text = Native.dump(hash) || Native.dump(plain(hash, MAX_DEPTH)) || raise(InvalidMeta, "a meta is not plain data")
        raise MetaTooLarge.new(max_bytes, text.bytesize) if text.bytesize > max_bytes

        text
      end

      # @param text [String] JSON that {dump} has made, or an Array of such
      # @return [Hash, Array] with String keys
      def load(text)
        Native.load(text)
      rescue Ractor::UnsafeError
        # An answer that was passed on to another Ractor.
        JSON.parse(text)
      end

      private

      def to_hash(meta)
        return meta if meta.instance_of?(Hash)

        hash = convert(meta) if meta.respond_to?(:to_hash)
        raise InvalidMeta, "a meta is a Hash (a JSON object); got #{meta.class}" unless hash.is_a?(Hash)

        hash
      end

      # The caller's own code, and nothing else, may raise here: what another thread raises into this one is passed on.
      def convert(meta)
        meta.to_hash
      rescue StandardError => e
        raise e.is_a?(Error) ? e : InvalidMeta.new("this #{meta.class} cannot be made a Hash: #{e.message}")
      end

      # Makes data plain that JSON does not know: a Time, a Money, a String that Rack gave in BINARY. Objects are asked
      # for `as_json`, which is data again; never for `to_json`, which could be any text.
      def plain(value, depth)
        raise InvalidMeta, "a meta may be nested #{MAX_DEPTH} deep at most (or has a cycle)" if depth.zero?

        case value
        when nil, true, false, Float then value
        when Integer then integer(value)
        when String, Symbol then text(value)
        when Hash then value.to_h { |key, inner| [key(key), plain(inner, depth - 1)] }
        when Array then value.map { |inner| plain(inner, depth - 1) }
        else plain(as_json(value), depth - 1)
        end
      end

      def integer(value)
        return value if value.between?(-(2**63), (2**63) - 1)

        raise InvalidMeta, "#{value.to_s[0, 40]} does not fit into 64 bits: give it as a String"
      end

      def text(value)
        string = String.new(value.to_s)
        string.force_encoding(Encoding::UTF_8) if string.encoding == Encoding::BINARY
        string = string.encode(Encoding::UTF_8)
        raise InvalidMeta, "a meta has a String that is not UTF-8: #{string.inspect[0, 60]}" unless string.valid_encoding?

        string
      rescue EncodingError
        raise InvalidMeta, "a meta has a String that is not UTF-8 (its encoding is #{value.encoding})"
      end

      def key(key)
        case key
        when String, Symbol then text(key)
        else raise InvalidMeta, "a meta's keys are Strings or Symbols; got #{key.inspect[0, 60]}"
        end
      end

      def as_json(value)
        return value.as_json if value.respond_to?(:as_json)

        raise InvalidMeta, "a meta has a #{value.class}, which is not plain data: give a String or a number instead"
      rescue StandardError => e
        raise e.is_a?(Error) ? e : InvalidMeta.new("as_json of a #{value.class} in a meta raised #{e.class}: #{e.message}")
      end
    end
  end
end
