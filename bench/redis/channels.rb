# frozen_string_literal: true

module Bench
  module Redis
    # Two ways of telling processes of diffs: a channel for each topic, of which a process subscribes to those that it
    # follows, or one channel for all topics of a bucket, of which it takes what it follows and drops the rest.
    module Channels
      TOPICS = 1_000
      DIFF = JSON.generate({ type: "presence_diff", epoch: "0123456789abcdef", version: 7, leaves: [], updates: [],
                             joins: [{ id: "user-1234", joined_at: 1_700_000_000.123, metas: [{ name: "Ada Lovelace", color: "green" }] }] })
      WAYS = { "a channel a topic": ->(topic) { "bench:feed:#{topic}" }, "a channel a bucket": ->(_topic) { "bench:feed" } }.freeze

      module_function

      # @return [Array<Hash>] of each way, for a process that follows few of the topics and for one that follows all: what one
      #   published diff costs, in µs of the processors of the server and of the process that listens, and in bytes sent to it
      def run(socket, messages:)
        [50, TOPICS].product(WAYS.to_a).map do |followed, (name, channel)|
          { followed:, way: name, **measure(socket, channel, followed, messages) }
        end
      end

      def measure(socket, channel, followed, messages)
        meter = Meter.new(socket)
        reader, writer = IO.pipe
        listener = fork { listen(socket, (0...followed).to_h { |n| ["room:#{n}", channel.call("room:#{n}")] }, writer) }
        writer.close
        raise "the listener did not begin" unless reader.gets == "ready\n"

        own = 0
        seen = meter.during do
          publish(socket, channel, messages)
          own, heard = JSON.parse(reader.gets)
          expected = messages * followed / TOPICS
          raise "#{heard} diffs were heard, not #{expected}" unless heard == expected
        end
        { server: (seen[:cpu] * 1e6 / messages).round(2), listener: (own * 1e6 / messages).round(2),
          bytes: ((seen[:bytes] - seen[:bytes_in]) / messages.to_f).round }
      ensure
        Process.kill("KILL", listener)
        Process.wait(listener)
      end

      # Each topic's turn comes equally often.
      def publish(socket, channel, messages)
        client = RedisClient.new(path: socket, timeout: 30)
        (0...messages).each_slice(200) do |numbers|
          client.pipelined { |line| numbers.each { |n| line.call("PUBLISH", channel.call("room:#{n % TOPICS}"), "room:#{n % TOPICS}\n#{DIFF}") } }
        end
        client.call("PUBLISH", "bench:end", "")
      ensure
        client&.close
      end

      def listen(socket, topics, writer)
        writer.sync = true
        feed = RedisClient.new(path: socket, timeout: 30).pubsub
        channels = [*topics.values.uniq, "bench:end"]
        channels.each_slice(500) { |some| feed.call("SUBSCRIBE", *some) }
        channels.size.times { feed.next_event(30) }
        writer.puts("ready")
        before = Process.times
        heard = 0
        loop do
          _, from, text = feed.next_event(30)
          break if from == "bench:end"

          heard += 1 if topics.key?(text[0, text.index("\n")])
        end
        after = Process.times
        writer.puts(JSON.generate([after.utime + after.stime - before.utime - before.stime, heard]))
      end

      # @return [String] for the terminal and the docs
      def table(seen)
        Report.table(["topics followed, of #{TOPICS}", "", "server, µs", "process, µs", "bytes"],
                     seen.map { |it| it.values_at(:followed, :way, :server, :listener, :bytes).map(&:to_s) })
      end
    end
  end
end
