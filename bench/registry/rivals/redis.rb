# frozen_string_literal: true

module Bench
  module Rivals
    # A sorted set of deadlines, each call one Lua script on a Unix socket; time is Redis' own.
    class RedisScript
      CLOCK = "local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000) "
      SCRIPTS = {
        join: "#{CLOCK} local was = redis.call('ZSCORE', KEYS[1], ARGV[1]) redis.call('ZADD', KEYS[1], now + 45000, ARGV[1]) " \
              "if was and tonumber(was) > now then return 0 end redis.call('SADD', KEYS[2], ARGV[1]) return 1",
        touch: "#{CLOCK} local was = redis.call('ZSCORE', KEYS[1], ARGV[1]) if not was or tonumber(was) <= now then return 0 end " \
               "redis.call('ZADD', KEYS[1], now + 45000, ARGV[1]) return 1",
        online?: "#{CLOCK} local was = redis.call('ZSCORE', KEYS[1], ARGV[1]) if was and tonumber(was) > now then return 1 end return 0",
        leave: "local was = redis.call('ZREM', KEYS[1], ARGV[1]) if was == 1 then redis.call('SADD', KEYS[2], ARGV[1]) end return was",
        count: "#{CLOCK} return redis.call('ZCOUNT', KEYS[1], now, '+inf')"
      }.freeze

      # @param clear [Boolean] whether it begins with nobody; a process that comes later does not
      def initialize(servers, clear: true)
        require "redis-client"
        @path = servers.redis
        @redis = RedisClient.config(path: @path).new_client
        @digests = SCRIPTS.transform_values { |script| @redis.call("SCRIPT", "LOAD", script) }
        @redis.call("DEL", "room", "room:dirty") if clear
        @lock = Mutex.new
      end

      def name = "Redis, Lua script"
      def processes? = true
      def join(id) = run(:join, id) == 1
      def touch(id) = run(:touch, id) == 1
      def online?(id) = run(:online?, id) == 1
      def leave(id) = run(:leave, id) == 1
      def count = run(:count, "")
      def close = @redis.close
      def after_fork = @redis = RedisClient.config(path: @path).new_client

      private

      def run(name, id) = @lock.synchronize { @redis.call("EVALSHA", @digests[name], 2, "room", "room:dirty", id) }
    end
  end
end
