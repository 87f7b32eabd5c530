# frozen_string_literal: true

module PresenceRs
  module Stores
    # Members in the memory of this process. It is also the interface that every store has:
    # names are Strings as the caller gave them and are checked here; metas are JSON text made by
    # {Meta.dump}; times are integer milliseconds.
    #
    # Writes, in `native`: `join(topic, member, session, meta | nil, ttl)`, `touch(topic, member, session)`,
    # `update(topic, member, session, meta)`, `leave(topic, member, session, linger)`, `leave_all(topic | nil, member)`,
    # `visit(topic, member, ttl, slack, navigation)`; each answers true or false as {Topic} does.
    # Reads: `online?(topic, member)`, `online(topic, ids)` (booleans), `member(topic, id)`, `last_seen_at(topic, member)`
    # in ms, and those below ({#page} is optional: without it pages are cut from a snapshot). A store that processes share
    # also has `emit(topic, text)` and `listen(registry)`, whose `hear(text)` is called for each event, on any thread.
    # The feed: {#wait}, `tick(force)` (whether all is done), {#drain}, {#wake}.
    #
    # @api private
    class Memory < Native::Registry
      # @param config [Configuration]
      # @param clock [ManualClock, nil]
      # @return [Memory]
      def self.build(config, clock: nil, **unknown)
        raise ConfigurationError, "the memory store takes no options; got #{unknown.keys.join(", ")}" if unknown.any?

        new(native_settings(config), clock&.native)
      end

      # @return [Hash] what the native registry is built with, times in nanoseconds
      def self.native_settings(config)
        limits = %i[max_member_bytes max_sessions_per_member max_members_per_topic max_topics list_limit last_seen_limit]
        times = %i[coalesce max_coalesce sweep_interval last_seen_for]
        limits.to_h { |name| [name, config.public_send(name)] }
              .merge(times.to_h { |name| [name, (config.public_send(name).to_f * 1_000_000_000).round] })
              .merge(heartbeat: config.heartbeat.to_f.to_s)
      end

      # @return [Integer]
      def count(topic) = patiently { super }

      # @return [Array<String>] sorted as {#members}
      def ids(topic) = patiently { super }

      # @return [Array<Array>] `[id, joined_at in ms, metas as a JSON array, sessions]`, sorted by joined_at, then id
      def members(topic) = patiently { super }

      # @return [Array<String>]
      def topics = patiently { super }

      # @return [Array] `[epoch, version, count]` of the last diff
      def position(topic) = patiently { super }

      # @param sample [Boolean] only some members where the topic is large
      # @param known [Snapshot, nil] given back where nothing has changed
      # @return [Snapshot]
      def snapshot(topic, sample, known = nil)
        found = patiently { super(topic, sample, known&.epoch, known&.version || 0) }
        found == true ? known : Snapshot.new(topic, *found)
      end

      # @param after [String, nil] an id
      # @param limit [Integer]
      # @return [Page]
      def page(topic, after, limit) = Page.new(topic, *patiently { super })

      # @return [Array<Diff>] every diff of this store since the last call, in order
      def drain = super.map { |native| Diff.new(native) }

      # Blocks until there is something to tick for, or to drain.
      # @return [void]
      def wait
        reader = (@pipe ||= open_pipe).first
        seconds = next_tick&.fdiv(1_000_000_000)
        # A clock that is read coarsely may be behind: rather a moment late than twice.
        return if seconds&.zero?

        reader.wait_readable(seconds && (seconds + 0.001))
        reader.read_nonblock(64, exception: false)
      end

      # Ends a {#wait}, or the next one: from here on somebody waits, or will at once.
      # @return [void]
      def wake
        (@pipe ||= open_pipe).last.write_nonblock("!", exception: false)
      rescue IOError, Errno::EPIPE
        nil # closed: nobody waits
      end

      # A child starts without members, and with a pipe of its own.
      # @return [void]
      def after_fork
        clear
        close_pipe
      end

      # @return [void]
      def close
        self.waker = -1
        @pipe&.last&.close
      end

      private

      # A read that finds a thousand expiries before it lets others run in between.
      def patiently
        until (found = yield)
          Thread.pass
        end
        found
      end

      def open_pipe
        pipe = IO.pipe
        pipe.last.sync = true
        # The native side writes without waiting.
        pipe.last.nonblock = true if pipe.last.respond_to?(:nonblock=)
        self.waker = pipe.last.fileno
        pipe
      end

      def close_pipe
        self.waker = -1
        @pipe&.each(&:close)
        @pipe = nil
      end
    end
  end
end
