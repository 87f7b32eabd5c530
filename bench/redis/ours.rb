# frozen_string_literal: true

module Bench
  module Redis
    # The redis store, as one process of an application uses it.
    class Ours
      NAME = "presence_rs"

      # @return [Boolean] whether its commands go to the server in scripts, so that only these are sent
      def scripts? = true

      def initialize(socket)
        # A ttl that outlasts the time it takes to get fifty thousand people in; heartbeats come as ever.
        @registry = PresenceRs::Registry.new(store: [:redis, { path: socket, timeout: 30, prefix: "bench:bench" }], ttl: 900, heartbeat: 15)
      end

      # The server has loaded every script, and knows this process.
      def warm_up
        join("warm", "up", "x")
        leave("warm", "up", "x")
        @registry.tick
      end

      def join(topic, member, session) = @registry[topic].join(member, session: session, meta: { name: "Somebody #{member}" })
      def beat(topic, member, session) = @registry[topic].touch(member, session: session)
      def leave(topic, member, session) = @registry[topic].leave(member, session: session)
      def every_second(_second, _topics) = nil

      # @return [void] once all that was done is with the server
      def settle
        @registry.tick
        sleep 0.5
      end

      def close = @registry.close
    end
  end
end
