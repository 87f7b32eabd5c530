# frozen_string_literal: true

module PresenceRs
  module Stores
    class Redis
      # What `config.store = :redis, { … }` was given, checked. What is not ours is redis-client's.
      # @api private
      class Options
        # Connections of a process besides that of the feed.
        POOL = 5
        # Seconds that a caller waits at most, for a connection as for an answer.
        TIMEOUT = 0.5

        # @return [String]
        attr_reader :prefix
        # @return [Integer, nil] nil: one, and on a cluster {Keys::CLUSTERED}
        attr_reader :buckets
        # @return [Numeric] seconds
        attr_reader :timeout

        # @param prefix [String, nil] before every key; the application and its environment where left out
        # @param buckets [Integer, nil]
        # @param pool [Integer] connections
        # @param timeout [Numeric] seconds
        # @param client [Object, nil] a RedisClient, its pool or its configuration; instead of all that follows
        # @param redis_client [Hash] what RedisClient.config takes, or with `sentinels` RedisClient.sentinel
        # @raise [ConfigurationError]
        def initialize(prefix: nil, buckets: nil, pool: POOL, timeout: TIMEOUT, client: nil, **redis_client)
          require_redis_client
          @prefix = check("prefix", prefix || default_prefix) { |it| it.is_a?(String) && it.bytesize.between?(1, 200) && it.valid_encoding? }
          @buckets = check("buckets", buckets) { |it| it.nil? || (it.is_a?(Integer) && it.between?(1, 4096)) }
          @pool = check("pool", pool) { |it| it.is_a?(Integer) && it.between?(1, 1000) }
          @timeout = check("timeout", timeout) { |it| Settings.seconds(it)&.positive? }.to_f
          @client = client && check_client(client, redis_client)
          @config = @client || configure(redis_client)
        end

        # @return [Object] a client of our own that many threads may use, or the one that was given
        def client
          return @config.new_pool(size: @pool, timeout: @timeout) if @config.respond_to?(:new_pool)

          @config
        end

        # @return [Object, nil] the client that was given, if it was one and not a configuration
        def given_client = @config.respond_to?(:new_pool) ? nil : @config

        # @return [Object] a client for one thread, or the one that was given
        def feed_client = source.respond_to?(:new_client) ? source.new_client : @config

        # On a cluster any node tells what was published on another. The feed listens to one, so that what it is told
        # comes in one order.
        # @return [Object] a client that the feed takes its connection from
        def listener
          return feed_client unless source.respond_to?(:per_node_key)

          RedisClient.config(**source.per_node_key.values.sample).new_client
        end

        # @return [String] where the server is, without a password
        def address
          return @config.server_url if @config.instance_of?(RedisClient::Config)

          @config.respond_to?(:name) ? "#{@config.name} (by Sentinel)" : @config.class.name
        end

        private

        def source = @config.respond_to?(:config) ? @config.config : @config

        def require_redis_client
          require "redis_client"
        rescue LoadError => e
          raise ConfigurationError, "config.store = :redis needs the redis-client gem (#{e.message}): add " \
                                    "gem \"redis-client\", \">= 0.22\" to the Gemfile"
        end

        def check(name, value)
          return value if yield(value)

          what = { "prefix" => "a String of 1 to 200 bytes", "buckets" => "an Integer from 1 to 4096",
                   "pool" => "an Integer from 1 to 1000", "timeout" => "a number of seconds above 0" }.fetch(name)
          raise ConfigurationError, "the redis store's #{name} is #{what}; got #{value.inspect}"
        end

        def check_client(client, others)
          if others.any?
            raise ConfigurationError, "the redis store takes a client, or #{others.keys.join(", ")} to make one of: not both"
          end
          return client if client.respond_to?(:new_pool) || %i[call call_v pubsub].all? { |name| client.respond_to?(name) }
          raise ConfigurationError, redis_rb(client) if defined?(::Redis) && client.is_a?(::Redis)

          raise ConfigurationError, "the redis store's client is a RedisClient, its pool or a RedisClient.config; got a #{client.class}"
        end

        # It has `call` and none of the others, and is for one thread at a time.
        def redis_rb(client)
          "the redis store's client is redis-client's, and this is a #{client.class} of the redis gem, which is built upon that: " \
            "give url:, or client: RedisClient.config(url: …)"
        end

        def configure(given)
          given = given.merge(url: ENV["REDIS_URL"]) if ENV["REDIS_URL"] && (%i[url host port path sentinels] & given.keys).empty?
          options = { timeout: @timeout, reconnect_attempts: 0 }.merge(given)
          given.key?(:sentinels) ? RedisClient.sentinel(**options) : RedisClient.config(**options)
        rescue ArgumentError, TypeError, URI::Error => e
          # Without the values: there may be a password among them.
          raise ConfigurationError, "the redis store's options (#{given.keys.join(", ")}) are not redis-client's: #{e.message}"
        end

        def default_prefix
          return "presence_rs" unless defined?(Rails) && Rails.respond_to?(:application) && Rails.application

          "#{Rails.application.name}:#{Rails.env}"
        end
      end
    end
  end
end
