# frozen_string_literal: true

module PresenceRs
  # One event on its way to the members of a topic: its message, made once by whoever emits it, and whom it is for. Stores
  # carry it as one String ({#pack}), so that no process on its way has to read JSON.
  #
  # @api private
  class Emission
    # Between the fields of {#pack}; no byte of UTF-8.
    BETWEEN = "\xFF".b.freeze
    FIELDS = 5
    # Who speaks where it is the server. A page may read `from.id` of whatever comes.
    SERVER = { id: nil, session: nil }.freeze
    private_constant :BETWEEN, :FIELDS, :SERVER

    class << self
      # @param topic [String]
      # @param event [String]
      # @param data [String] JSON, of {data}
      # @param from [Array(String, String), nil] a member's id and the public name of their session; nil: the server
      # @param to [String, nil] a member's id; nil: everybody
      # @param session [String, nil] the public name of one of their sessions; nil: all
      # @return [Emission]
      def of(topic, event, data, from: nil, to: nil, session: nil)
        sender = from ? { id: from.first, session: from.last } : SERVER
        json = "{\"type\":\"presence_event\",\"topic\":#{Json.generate(topic)},\"event\":#{Json.generate(event)}," \
               "\"from\":#{Json.generate(sender)},\"data\":#{data}}"
        new(topic, to, session, from&.last, json)
      end

      # @param value [Object] the data of an event, from a client or from the app
      # @param limit [Integer] bytes of JSON
      # @return [String] JSON
      # @raise [InvalidEvent, LimitExceeded]
      def data(value, limit)
        unless value.is_a?(Hash) || value.respond_to?(:to_hash)
          raise InvalidEvent, "the data of an event is an object, like {\"lane\":2}; got #{value.class}"
        end

        text = Meta.dump(value, Float::INFINITY)
        return text if text.bytesize <= limit

        raise LimitExceeded.new(:max_event_bytes, limit, "the data of this event has #{text.bytesize} bytes of JSON")
      rescue InvalidMeta => e
        raise InvalidEvent, e.message.gsub(/\ba meta\b/, "an event's data")
      end

      # @param text [String] of {#pack}
      # @return [Emission]
      def unpack(text)
        *names, json = text.b.split(BETWEEN, FIELDS)
        topic, to, session, except = names.map { |name| name.force_encoding(Encoding::UTF_8) unless name.empty? }
        new(topic, to, session, except, json.force_encoding(Encoding::UTF_8))
      end
    end

    # @return [String]
    attr_reader :topic
    # @return [String, nil] the member that it is for; nil: everybody
    attr_reader :to
    # @return [String] the message for clients, a JSON object
    attr_reader :json

    # @param topic [String]
    # @param to [String, nil]
    # @param session [String, nil]
    # @param except [String, nil] the public name of the session that does not get it: the sender's
    # @param json [String]
    def initialize(topic, to, session, except, json)
      @topic = topic
      @to = to
      @session = session
      @except = except
      @json = json
    end

    # @return [String] binary
    def pack = [@topic, @to, @session, @except, @json].map { |field| field.to_s.b }.join(BETWEEN)

    # @param member [String] its id
    # @param session [String] the public name of one of their sessions
    # @return [Boolean] whether it is for that session
    def for?(member, session)
      return session != @except if @to.nil?

      @to == member && session != @except && (@session.nil? || @session == session)
    end
  end
end
