# frozen_string_literal: true

module PresenceRs
  # The settings, with what each is for; times are seconds, as numbers or Durations.
  #
  # @example
  #   PresenceRs.configure do |config|
  #     config.ttl = 30
  #     config.identify { |request| request.session[:user_id] }
  #   end
  class Configuration
    extend Settings

    # @!attribute ttl
    #   @return [Numeric] how long a session that says nothing stays live
    duration :ttl, 45
    # @!attribute heartbeat
    #   @return [Numeric] how often clients are told to speak; a third of the ttl
    duration :heartbeat, -> { ttl / 3.0 }
    # @!attribute linger
    #   @return [Numeric] how long a member stays after a goodbye (page change, closed tab, HTTP leave)
    duration :linger, 3, zero: true
    # @!attribute grace
    #   @return [Numeric] how long a member stays after a socket that dropped without a goodbye
    duration :grace, 15, zero: true
    # @!attribute request_ttl
    #   @return [Numeric] how long a page request alone keeps its member online; 300, or max_ttl where that is less
    duration :request_ttl, -> { [300, max_ttl].min }
    # @!attribute touch_every
    #   @return [Numeric] how often at most that is written
    duration :touch_every, 15, zero: true
    # @!attribute coalesce
    #   @return [Numeric] at most one diff a topic in so long; 0: nothing waits for a window
    duration :coalesce, 0.1, zero: true
    # @!attribute max_coalesce
    #   @return [Numeric] under load that window grows up to this
    duration :max_coalesce, 0.5, zero: true
    # @!attribute sweep_interval
    #   @return [Numeric] an expiry is published within this
    duration :sweep_interval, 1
    # @!attribute last_seen_for
    #   @return [Numeric] for how long it is remembered when somebody who left was last seen
    duration :last_seen_for, 24 * 60 * 60
    # @!attribute max_ttl
    #   @return [Numeric] the longest ttl of a session
    duration :max_ttl, 24 * 60 * 60

    # @!attribute last_seen_limit
    #   @return [Integer] of how many people who left that is remembered
    limit :last_seen_limit, 100_000, zero: true
    # @!attribute max_meta_bytes
    #   @return [Integer] bytes of JSON of one meta
    limit :max_meta_bytes, 4_096
    # @!attribute max_member_bytes
    #   @return [Integer] bytes of JSON of all metas of a member on a topic
    limit :max_member_bytes, 16_384
    # @!attribute max_sessions_per_member
    #   @return [Integer] live sessions of a member on a topic
    limit :max_sessions_per_member, 100
    # @!attribute max_members_per_topic
    #   @return [Integer] members online on a topic
    limit :max_members_per_topic, 100_000
    # @!attribute max_topics
    #   @return [Integer] topics that have members
    limit :max_topics, 100_000
    # @!attribute list_limit
    #   @return [Integer] a topic with more members goes to clients as a count and a sample
    limit :list_limit, 1_000
    # @!attribute max_event_bytes
    #   @return [Integer] bytes of JSON of the data of one event
    limit :max_event_bytes, 16_384
    # @!attribute events_per_second
    #   @return [Integer] events of one session, in the long run
    limit :events_per_second, 20
    # @!attribute event_burst
    #   @return [Integer] how many of them may come at once
    limit :event_burst, 40

    # @!attribute store
    #   @return [Symbol, Array, Object] where members are kept: `:memory`, `:shared` or `:redis`, or one of these with
    #     its options (`:redis, { url: "redis://…" }`), or an object with the methods of {Stores::Memory}. In a Rails
    #     application `:shared`, but for its tests; else `:memory`
    setting(:store, -> { Stores.default })
    # @!attribute on_unavailable
    #   @return [Symbol] for reads where a store can be away: `:raise`, or `:last_known`
    setting(:on_unavailable, :raise) do |value|
      next value if %i[raise last_known].include?(value)

      raise ConfigurationError, "on_unavailable is :raise or :last_known; got #{value.inspect}"
    end
    # @!attribute default_topic
    #   @return [String] the topic of the whole site
    setting(:default_topic, "online") do |value|
      Names.topic(value)
    rescue InvalidName => e
      raise ConfigurationError, "default_topic: #{e.message}"
    end
    # @!attribute path
    #   @return [String] where the middleware answers
    setting(:path, "/presence") do |value|
      next value.chomp("/") if value.is_a?(String) && value.match?(%r{\A(/[^/?#]+)+/?\z})

      raise ConfigurationError, "path is a path that begins with a slash, like \"/presence\"; got #{value.inspect}"
    end
    # @!attribute allowed_origins
    #   @return [Array<String, Regexp>] other origins whose pages may write, like "https://www.example.com"
    setting(:allowed_origins, [].freeze) do |value|
      next Array(value).freeze if Array(value).all? { |origin| origin.is_a?(String) || origin.is_a?(Regexp) }

      raise ConfigurationError, "allowed_origins are Strings and Regexps; got #{value.inspect}"
    end

    # @!method identify(&block)
    #   Names the member of a request, or nil. The request is a Rack::Request, in Rails an ActionDispatch::Request.
    callback :identify
    # @!method authorize(&block)
    #   Decides with `|request, topic, action|` (`:read`, `:join`, `:leave`) over HTTP.
    callback :authorize
    # @!method member_id(&block)
    #   Tells the id of a record; its `id` where this is not set.
    callback :member_id
    # @!method on_error(&block)
    #   Takes `|error, context|` of errors that have no caller, where Rails is not there to take them.
    callback :on_error

    # @param options [Hash] settings by name
    # @raise [ConfigurationError] of an unknown or impossible one
    def initialize(**options)
      @values = {}
      options.each do |name, value|
        unless self.class.settings.key?(name)
          raise ConfigurationError, "#{name} is no setting; there are #{self.class.settings.keys.join(", ")}"
        end

        public_send(:"#{name}=", value)
      end
    end

    # Checks what single settings cannot: how they go together.
    # @return [self]
    # @raise [ConfigurationError]
    def check
      fits(:heartbeat, heartbeat < ttl, "below the ttl (#{ttl.inspect}), so that a session can be kept alive")
      fits(:ttl, ttl <= max_ttl, "at most max_ttl (#{max_ttl.inspect})")
      fits(:request_ttl, request_ttl <= max_ttl, "at most max_ttl (#{max_ttl.inspect})")
      fits(:max_ttl, max_ttl_ms < 2**32, "below 49 days")
      Stores.check(store)
      self
    end

    # @return [Hash{Symbol => Object}] what a registry is built with, by name
    # @api private
    def registry_settings
      live = %i[identify authorize member_id on_error path allowed_origins]
      (self.class.settings.keys - live).to_h { |name| [name, public_send(name)] }
    end

    # Takes over all settings of another one, at once. The object stays the same, since Rails' `config.presence_rs` is it.
    # @api private
    # @return [void]
    def adopt(other)
      @values = other.values.dup
    end

    protected

    attr_reader :values

    private

    def initialize_copy(other)
      super
      @values = @values.dup
    end

    def fits(name, good, text)
      raise ConfigurationError, "#{name} must be #{text}; it is #{public_send(name).inspect}" unless good
    end
  end
end
