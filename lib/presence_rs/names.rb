# frozen_string_literal: true

module PresenceRs
  # Turns what callers give into names: UTF-8 Strings of 1 to 255 bytes.
  # @api private
  module Names
    module_function

    # @param value [String, Symbol, Topic, #to_gid_param]
    # @return [String] frozen
    # @raise [InvalidName]
    def topic(value)
      case value
      when String, Symbol then utf8(value, "topic")
      when Topic then value.name
      else utf8(gid(value), "topic")
      end
    end

    # @param value [String, Symbol, Integer, #id]
    # @param member_id [#call, nil] how the application tells the id of a record
    # @return [String]
    # @raise [InvalidName]
    def member(value, member_id = nil)
      case value
      when String, Symbol, Integer then return utf8(value, "member")
      when nil then raise InvalidName, "a member is nil: give a String, a Symbol, an Integer or something with an id"
      end
      id = if member_id then member_id.call(value)
           elsif value.respond_to?(:id) then value.id
           else raise InvalidName, "a #{value.class} is no member: it has no id (config.member_id can tell one)"
           end
      case id
      when String, Symbol, Integer then utf8(id, "member")
      else raise InvalidName, "the id of this #{value.class} is #{id.inspect}: is it saved? An id is a String or an Integer"
      end
    end

    # @param value [String, Symbol, Integer]
    # @return [String]
    # @raise [InvalidName]
    def session(value)
      case value
      when String, Symbol, Integer then utf8(value, "session")
      else raise InvalidName, "a session is a String, a Symbol or an Integer; got #{value.class}"
      end
    end

    # @return [String] frozen, in UTF-8
    # @raise [InvalidName]
    def utf8(value, what)
      string = value.to_s
      encoding = string.encoding
      # Before it is called UTF-8: bytes of UTF-16 may look like ASCII.
      known = [Encoding::UTF_8, Encoding::US_ASCII, Encoding::BINARY].include?(encoding) || string.ascii_only?
      # Rack gives BINARY Strings of UTF-8 bytes.
      string = string.dup.force_encoding(Encoding::UTF_8) unless encoding == Encoding::UTF_8
      unless known && string.valid_encoding? && string.bytesize.between?(1, 255)
        raise InvalidName.for(value.to_s, what)
      end

      string.frozen? && string.instance_of?(String) ? string : String.new(string).freeze
    end

    def gid(value)
      unless value.respond_to?(:to_gid_param)
        raise InvalidName, "a #{value.class} is no topic: give a String, a Symbol or a record with a global id"
      end

      begin
        value.to_gid_param
      rescue StandardError => e
        raise InvalidName, "this #{value.class} has no global id (#{e.message}): is it saved?"
      end
    end
    private_class_method :gid
  end
end
