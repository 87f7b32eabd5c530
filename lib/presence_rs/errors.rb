# frozen_string_literal: true

module PresenceRs
  # What all our errors descend from.
  class Error < StandardError; end

  # A topic, member or session that cannot be a name: names are UTF-8, 1 to 255 bytes.
  class InvalidName < Error
    # @api private
    # @return [InvalidName] with a message that says what is wrong with this String
    def self.for(string, what)
      shown = string.byteslice(0, 40).inspect
      shown = "#{shown}… (#{string.bytesize} bytes)" if string.bytesize > 40
      reason = if string.empty? then "is empty"
               elsif string.bytesize > 255 then "is longer than 255 bytes"
               else "is not UTF-8 (its encoding is #{string.encoding})"
               end
      new("the name of #{what == "event" ? "an" : "a"} #{what} #{reason}: #{shown}; give 1 to 255 bytes of UTF-8")
    end
  end

  # A meta that is no JSON object, or too large (see {LimitExceeded}).
  class InvalidMeta < Error; end

  # An event that cannot be sent: data that is no JSON object, or an addressee that cannot be one.
  class InvalidEvent < Error; end

  # A part of a member list that cannot be: what is wrong with its `limit`, or with what it goes on `after`.
  class InvalidPage < Error; end

  # A limit of the configuration that this caller has reached. Nothing was changed.
  class LimitExceeded < Error
    # @return [Symbol] the name of the limit in the configuration
    attr_reader :limit
    # @return [Integer] its configured value
    attr_reader :value

    # @param limit [Symbol]
    # @param value [Integer]
    # @param detail [String, nil] what went over it
    def initialize(limit, value, detail = nil)
      @limit = limit
      @value = value
      super("#{limit} is #{value}#{", and #{detail}" if detail}; nothing was changed. Raise config.#{limit} if that is meant")
    end

    # A meta over `max_meta_bytes` is the meta's fault for good, so it is an {InvalidMeta}; who
    # rescues limits is told of it as well.
    def self.===(error) = super || (equal?(LimitExceeded) && MetaTooLarge === error)
  end

  # A meta over `max_meta_bytes`.
  class MetaTooLarge < InvalidMeta
    # @return [Symbol] `:max_meta_bytes`
    attr_reader :limit
    # @return [Integer] its configured value
    attr_reader :value

    # @param value [Integer]
    # @param bytes [Integer] what the meta has
    def initialize(value, bytes)
      @limit = :max_meta_bytes
      @value = value
      super("the meta has #{bytes} bytes of JSON, and max_meta_bytes is #{value}: show less of it, or raise config.max_meta_bytes")
    end
  end

  # A setting that cannot be. The message names it, its value, and what it may be.
  class ConfigurationError < Error; end

  # The store cannot be asked now; {#cause} says why.
  class StoreUnavailable < Error; end
end
