# frozen_string_literal: true

require_relative "feed_reader"

module PresenceRs
  module Stores
    class Redis
      # The subscription of this process: the diffs of the topics that somebody here follows, whoever has taken them, and
      # what the buckets tell everybody. It is a connection of its own, with a thread of its own; with a clock moved by
      # hand it is read by {#poll} alone, inside the call that wants to know.
      #
      # `listener` is told by `published(text)`, `told(words, bucket)` and `resync(topics)`: after a connection was made,
      # what was published before is lost, and each topic has to be compared.
      # @api private
      class Feed
        include Reader

        # Seconds that a topic is fed for at least, once somebody wanted it.
        IDLE = 60

        # @param link [Link]
        # @param keys [Keys]
        # @param timeout [Float] seconds
        # @param listener [Object]
        # @param threaded [Boolean]
        def initialize(link, keys, timeout:, listener:, threaded:)
          @link = link
          @keys = keys
          @timeout = timeout
          @listener = listener
          @threaded = threaded
          @all = false
          after_fork
        end

        # The connection is the parent's, and so are those who followed.
        # @return [void]
        def after_fork
          @lock = Monitor.new
          @confirmation = @lock.new_cond
          @wanted = {}
          @confirmed = {}
          @pubsub = @thread = nil
          @pruned_at = clock
        end

        # @return [Boolean] whether every topic is fed
        def all? = @all

        # @return [Array<String>] the topics that are fed
        def topics = @wanted.keys

        # @return [Boolean]
        def watching?(topic) = @all || @wanted.key?(topic)

        # Connects, for what the buckets tell everybody.
        # @return [void]
        def start
          return connect_by_hand unless @threaded
          return if @thread&.alive? || @closed

          @lock.synchronize { @thread = spawn unless @thread&.alive? || @closed }
        end

        # From here on every topic is fed.
        # @return [void]
        def watch_all
          @all = true
          fresh = !@pubsub
          start
          write(["PSUBSCRIBE", @keys.everything]) unless fresh
        end

        # @return [Boolean] whether every topic is fed by now, or within the time limit
        def await_all
          await(@keys.everything)
          true
        rescue StoreUnavailable
          false
        end

        # Feeds a topic; returns once it does.
        # @raise [StoreUnavailable] it could not be brought about within the time limit
        # @return [void]
        def watch(topic)
          @lock.synchronize { @wanted[topic] = clock }
          start
          channel = @keys.feed(topic)
          return if @confirmed[channel] || @confirmed[@keys.everything]

          # Nobody waits for what is known to be away.
          @link.assure
          write(["SUBSCRIBE", channel])
          @threaded ? await(channel) : poll
        end

        # Feeds those no longer that nobody follows.
        # @yieldreturn [Array<String>] the topics that are followed, asked for now and then
        # @return [Array<String>] those that were given up
        def prune
          limit = clock - IDLE
          return [] if @pruned_at > limit

          @pruned_at = clock
          followed = yield
          @lock.synchronize do
            idle = @wanted.filter_map { |topic, at| topic if at < limit } - followed
            idle.each do |topic|
              @wanted.delete(topic)
              @confirmed.delete(@keys.feed(topic))
            end
            write(["UNSUBSCRIBE", *idle.map { |topic| @keys.feed(topic) }]) if idle.any?
            idle
          end
        end

        # @return [Boolean] whether something may have been missed that was not made up for yet
        def behind? = !@thread.nil? && (@pubsub.nil? || @doubt == true)

        # Has every topic that is fed compared with the store.
        # @return [void]
        def doubt
          @doubt = true
          write(["PING"])
        end

        # Reads all that was published so far, without waiting for more.
        # @return [void]
        def poll
          return unless @pubsub

          token = "poll#{rand(2**64)}"
          write(["PING", token])
          until (event = @pubsub.next_event(@timeout)) == token || event == ["pong", token]
            raise @link.unavailable(IOError.new("the feed did not answer within #{@timeout} s")) if event.nil?

            handle(event)
          end
        rescue RedisClient::Error => e
          @pubsub = nil
          raise @link.unavailable(e)
        end

        # @return [void]
        def close
          @closed = true
          @thread&.kill unless @thread == Thread.current
          @pubsub&.close
          @pubsub = nil
        end

        private

        def clock = Process.clock_gettime(Process::CLOCK_MONOTONIC)

        def spawn
          Thread.new { run }.tap do |thread|
            thread.name = "presence_rs redis feed"
            thread.report_on_exception = false
          end
        end

        def connect_by_hand
          return if @pubsub

          connect
          poll
        end

        def connect
          @pubsub = @link.pubsub
          write(["SUBSCRIBE", *@keys.controls])
          write(["PSUBSCRIBE", @keys.everything]) if @all
          @wanted.keys.each_slice(500) { |topics| write(["SUBSCRIBE", *topics.map { |topic| @keys.feed(topic) }]) }
        end

        # Writes may come from any thread, reads from one.
        def write(command)
          @lock.synchronize { @pubsub&.call_v(command) }
        rescue RedisClient::Error
          raise if Thread.current == @thread || !@threaded
          # The thread that reads finds out as well, and connects anew.
        end

        def await(channel)
          deadline = clock + @timeout
          @lock.synchronize do
            until @confirmed[channel]
              left = deadline - clock
              raise @link.unavailable(IOError.new("the feed is not connected (#{@timeout} s)")) unless left.positive?

              @confirmation.wait(left)
            end
          end
        end
      end
    end
  end
end
