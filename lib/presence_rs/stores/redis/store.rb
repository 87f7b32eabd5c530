# frozen_string_literal: true

module PresenceRs
  module Stores
    class Redis
      include Writes
      include Reads
      include Ticking
      include Following
      include Events

      # ms of a process's heartbeats that are told in one call.
      TELL_EVERY = 1_000
      # The oldest servers whose scripts these are.
      OLDEST = { "redis_version" => "7.0", "valkey_version" => "7.2" }.freeze
      private_constant :TELL_EVERY, :OLDEST

      # @param config [Configuration]
      # @param clock [ManualClock, nil]
      # @param options [Hash] see {Options}
      # @return [Redis]
      # @raise [ConfigurationError]
      def self.build(config, clock: nil, **options) = new(config, Options.new(**options), clock)

      # @param config [Configuration]
      # @param options [Options]
      # @param clock [ManualClock, nil]
      def initialize(config, options, clock)
        @config = config
        @options = options
        @clock = clock
        @manual = !clock.nil?
        @heartbeat = config.heartbeat.to_f.to_s
        @beat = [config.sweep_interval.to_f * 1000, 1000].min
        @link = Link.new(options)
        begin_anew
      end

      # Asks one script of one bucket.
      # @return [Array] its own answer
      # @raise [StoreUnavailable]
      # @api private
      def ask(name, bucket, *arguments)
        introduce
        2.times do
          sent = @time.raw
          reply = @link.run(@scripts[name], @keys.declared(bucket), [token, *stamps(bucket), *arguments])
          return settle(name, bucket, reply, sent) unless reply.first.negative?

          @time.corrected(-reply.first, sent)
        end
        raise StoreUnavailable, "Redis answers too late: commands are held up by more than #{late} ms"
      rescue StoreUnavailable
        @time.lost(bucket)
        raise
      end

      # @return [String] the token of a bucket's life, as far as it is known
      # @api private
      def life(bucket) = @lives[bucket] || ""

      # @return [Integer] the limit of that name
      # @api private
      def limit(name) = @config.public_send(name)

      # A child keeps no session, and takes connections of its own.
      # @return [void]
      def after_fork
        @link.after_fork
        begin_anew
      end

      # @return [void]
      def close
        @closed = true
        wake
        @feed&.close
        @link.close
      end

      private

      def begin_anew
        @introduction = Monitor.new
        @time = Timeline.new
        @lives = {}
        @outbox = Thread::Queue.new
        @outset = Thread::Queue.new
        @positions = Positions.new
        @begun = @late = @ticked = false
        @id = SecureRandom.hex(6)
        @revoked_till = {}
        @sent_away = {}
        @recent = {}
        @away = {}
        @hosts = Hosts.new { |bucket, ttl| @agenda.add(bucket, [TELL_EVERY, ttl / 4].min) }
        @renewal = Renewal.new(self, @hosts, @time, id: @id, lease: (2 * @beat).to_i)
        @last_known = LastKnown.new(@hosts) { |topic| build_snapshot(topic, ["", 0, 0], false, []) } if @config.on_unavailable == :last_known
        @keys = @scripts = @agenda = @feed = nil
      end

      # Finds out what server that is, once.
      def introduce
        return if @feed

        @introduction.synchronize do
          next if @feed

          info = @link.info
          check_version(info)
          clustered = info.match?(/^(redis|server)_mode:cluster/)
          size = @options.buckets || (clustered ? Keys::CLUSTERED : 1)
          @keys = Keys.new(@options.prefix, size, clustered:)
          @scripts = Scripts.new(@config, manual: @manual, late:, buckets: size)
          @agenda = Agenda.new(size) { @time.now }
          size.times { |bucket| @agenda.add(bucket, 0) }
          @feed = Feed.new(@link, @keys, timeout: @options.timeout, listener: self, threaded: !@manual)
          @outset << true
        end
        @feed.watch_all if @watch_all
      end

      def check_version(info)
        OLDEST.each do |name, oldest|
          version = info[/^#{name}:(\S+)/, 1] or next
          next if Gem::Version.new(version) >= Gem::Version.new(oldest)
          # Valkey says for old clients which Redis it is like.
          next if name == "redis_version" && info.match?(/^valkey_version:/)

          raise StoreUnavailable, "the server at #{@options.address} is #{name.delete_suffix("_version")} #{version}: " \
                                  "presence_rs needs Redis 7.0 or later, or Valkey 7.2 or later"
        end
      end

      # ms after which a command is given up by those who wait for it: were it carried out later, nobody here would handle
      # the diffs that it takes.
      def late = (@options.timeout * 1000).to_i

      # A life that begins in a script takes this for its name; unique to the call.
      def token
        @seed ||= [Process.pid, SecureRandom.hex(6)]
        @seed = [Process.pid, SecureRandom.hex(6)] if @seed.first != Process.pid
        @calls = (@calls || 0) + 1
        "#{@seed.last}#{@calls.to_s(36)}"
      end

      def stamps(bucket)
        return @time.stamps(bucket) unless @manual

        [@clock.native.monotonic / 1_000_000, @clock.native.wall / 1_000_000]
      end

      def settle(name, bucket, reply, sent)
        stamp, life, planned, diffs, *answer = reply
        unless @manual
          @time.heard(bucket, stamp, sent)
          # Who is sent away from here on concerns this process, though its feed may not be there yet.
          @revoked_till[bucket] ||= stamp - 1
          notice(bucket, life)
          @agenda.add(bucket, planned) unless planned.negative?
          @agenda.add_if_idle(bucket, @beat / 2) unless name == :pulse
        end
        # Nobody handles diffs where nobody ticks.
        diffs.each { |text| put_out(Diff.new(Packet.new(text), :handlers)) } if @ticked || @manual
        answer
      end

      # Another life than before: the bucket was emptied, or the server is another. All who are kept here are told of anew.
      def notice(bucket, life)
        before = @lives[bucket]
        return if before == life

        @lives[bucket] = life
        return if before.nil? || before.empty?

        @hosts.take_all(bucket)
        @agenda.add(bucket, 0)
        @feed.doubt
      end

      def bucket(topic)
        introduce
        @keys.bucket(topic)
      end

      def all_buckets
        introduce
        (0...@keys.size)
      end
    end
  end
end
