# frozen_string_literal: true

module PresenceRs
  module Stores
    class Redis
      # The connections to the server: every way in which it cannot be asked ends as {StoreUnavailable}.
      # @api private
      class Link
        # A refusal that says nothing about the next command.
        PASSING = %w[OOM NOSCRIPT TRYAGAIN].freeze

        # @return [Breaker]
        attr_reader :breaker

        # @param options [Options]
        def initialize(options)
          @options = options
          after_fork
        end

        # The connections are the parent's: they are left to it, unclosed.
        # @return [void]
        def after_fork
          @breaker = Breaker.new
          @lock = Monitor.new
          @turn = Thread::Queue.new([true])
          @apart = Monitor.new
          @client = @own_client = nil
        end

        # What the block asks goes over a connection apart: the application's threads may have taken all others, and who
        # is kept alive must not depend on them.
        # @return [Object] what the block returns
        def apart
          before = Thread.current[:presence_rs_apart]
          Thread.current[:presence_rs_apart] = true
          yield
        ensure
          Thread.current[:presence_rs_apart] = before
        end

        # Seconds between two attempts at a slot that moves.
        MOVING = 0.02
        private_constant :MOVING

        # @param script [Scripts::Script]
        # @param keys [Array<String>]
        # @param arguments [Array<String, Integer>]
        # @return [Object] what the script answers
        # @raise [StoreUnavailable]
        def run(script, keys, arguments)
          deadline = nil
          asking do |client|
            client.call_v(["EVALSHA", script.sha, keys.size, *keys, *arguments])
          rescue RedisClient::CommandError => e
            next client.call_v(["EVAL", script.text, keys.size, *keys, *arguments]) if e.message.start_with?("NOSCRIPT")
            raise unless e.message.start_with?("TRYAGAIN")

            now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
            deadline ||= now + @options.timeout
            raise if now > deadline

            sleep(MOVING)
            retry
          end
        end

        # @param channel [String]
        # @param text [String]
        # @return [void]
        # @raise [StoreUnavailable]
        def publish(channel, text) = asking { |client| client.call("PUBLISH", channel, text) }

        # @return [String] what the server says of itself
        # @raise [StoreUnavailable]
        def info = asking { |client| client.call("INFO", "server") }

        # @return [Object] a connection for subscriptions
        # @raise [StoreUnavailable]
        def pubsub
          @options.listener.pubsub
        rescue RedisClient::Error, SystemCallError, SocketError, IOError => e
          raise unavailable(e)
        end

        # @return [void]
        def close
          # A client that was given is its owner's to close.
          @client&.close if @own
          @own_client&.close
          @client = @own_client = nil
        rescue RedisClient::Error
          nil # it is as good as closed
        end

        # Where callers are refused, this one is too, unless it is the one that finds out whether the server is back.
        # @return [void]
        # @raise [StoreUnavailable]
        def assure
          asking { |client| client.call("PING") } if @breaker.open?
        end

        # @param error [Exception]
        # @return [StoreUnavailable]
        def unavailable(error)
          StoreUnavailable.new("Redis at #{@options.address} cannot be asked: #{explain(error)}")
        end

        private

        def asking(&block)
          rescuing do
            @breaker.run do |probe|
              with_client { |client| attempt(client, probe, &block) }
            end
          end
        end

        def with_client(&)
          return @apart.synchronize { yield @own_client ||= @options.feed_client } if Thread.current[:presence_rs_apart] && @options.given_client.nil?

          client = self.client
          return client.with(&) if client.instance_of?(RedisClient::Pooled)

          # One that was given and is not a pool is for one thread at a time: that of a cluster has one connection a node.
          @own ? yield(client) : in_turn { yield client }
        end

        def in_turn
          turn = @turn.pop(timeout: @options.timeout)
          raise RedisClient::CheckoutTimeoutError, "the client was in use for #{@options.timeout} s" unless turn

          yield
        ensure
          @turn << true if turn
        end

        # While it still has the connection, so that nobody who waits for it tries the same.
        def attempt(client, probe)
          @breaker.refuse unless probe
          once_more { yield client }
        rescue RedisClient::Error, SystemCallError, SocketError, IOError => e
          @breaker.trip(e, probe:) unless script_failed?(e) || PASSING.any? { |code| e.message.start_with?(code) }
          raise
        end

        # A connection that was idle may have died since: the server was started anew, or has closed it.
        def once_more
          yield
        rescue RedisClient::TimeoutError, RedisClient::CannotConnectError
          raise
        rescue RedisClient::ConnectionError
          yield
        end

        def client
          @client || @lock.synchronize do
            @client ||= @options.client.tap { |made| @own = !made.equal?(@options.given_client) }
          end
        end

        def rescuing
          yield
        rescue Breaker::Open => e
          raise unavailable(e), cause: e.cause
        rescue RedisClient::CheckoutTimeoutError => e
          raise unavailable(e)
        rescue RedisClient::Error, SystemCallError, SocketError, IOError => e
          raise failed_script(e) if script_failed?(e)

          raise unavailable(e)
        end

        def script_failed?(error)
          error.instance_of?(RedisClient::CommandError) && error.message.match?(/user_script:\d+:/) &&
            !error.message.match?(/can't (run|access)|READONLY|CLUSTERDOWN|OOM/)
        end

        def failed_script(error) = Error.new("a script of the redis store failed, which is a defect of it: #{error.message}")

        def explain(error)
          advice = case error.message
                   when /WRONGPASS|NOAUTH/ then "; check the password in config.store"
                   when /NOPERM|can't (run|access)/ then "; docs/redis.md lists what its user has to be allowed"
                   when /\A \(rediss:/ then "it did not answer in time; does it speak TLS at all?"
                   when /\A \(/ then "it did not answer in time"
                   when /\AOOM/ then "; its maxmemory is reached and nothing is evicted"
                   end
          name = "#{error.class.name}: " unless error.is_a?(Breaker::Open)
          # It names the server, as we do.
          "#{name}#{error.message.gsub(%r{ \(\S+://\S*\)}, "")}#{advice}"
        end
      end
    end
  end
end
