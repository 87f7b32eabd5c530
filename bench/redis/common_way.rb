# frozen_string_literal: true

module Bench
  module Redis
    # How it is done by hand: a sorted set of last words a topic, a hash of what they show, an EXPIRE with every heartbeat, the
    # list read for whoever joins, a channel that tells the others, and a job that cleans each topic up.
    class CommonWay
      NAME = "by hand"
      TTL = 45
      # Seconds between two runs of a topic's job.
      CLEAN_UP = 15

      def scripts? = false

      def initialize(socket)
        @redis = RedisClient.new(path: socket, timeout: 30)
      end

      def warm_up = nil

      def join(topic, member, session)
        key = "presence:#{topic}"
        @redis.pipelined do |pipe|
          pipe.call("ZADD", key, Time.now.to_f, "#{member}:#{session}")
          pipe.call("EXPIRE", key, TTL * 2)
          pipe.call("HSET", "#{key}:meta", "#{member}:#{session}", JSON.generate(name: "Somebody #{member}"))
          pipe.call("PUBLISH", key, JSON.generate(join: member, name: "Somebody #{member}"))
        end
        @redis.call("ZRANGEBYSCORE", key, Time.now.to_f - TTL, "+inf") if @listing
      end

      def beat(topic, member, session)
        key = "presence:#{topic}"
        @redis.pipelined do |pipe|
          pipe.call("ZADD", key, Time.now.to_f, "#{member}:#{session}")
          pipe.call("EXPIRE", key, TTL * 2)
        end
      end

      def leave(topic, member, session)
        key = "presence:#{topic}"
        @redis.pipelined do |pipe|
          pipe.call("ZREM", key, "#{member}:#{session}")
          pipe.call("HDEL", "#{key}:meta", "#{member}:#{session}")
          pipe.call("PUBLISH", key, JSON.generate(leave: member))
        end
      end

      # Each topic's job has its second.
      def every_second(second, topics)
        topics.each_with_index do |topic, n|
          @redis.call("ZREMRANGEBYSCORE", "presence:#{topic}", "-inf", Time.now.to_f - TTL) if n % CLEAN_UP == second % CLEAN_UP
        end
      end

      # From here on whoever joins reads the list.
      def settle = @listing = true

      def close = @redis.close
    end
  end
end
