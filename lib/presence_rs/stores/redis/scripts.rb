# frozen_string_literal: true

require "digest/sha1"

module PresenceRs
  module Stores
    class Redis
      # The Lua scripts. Each is a file of `lua/`, behind the constants of the configuration and the prelude that all
      # share. Constants are numbers only: names come as arguments, never as text of a script.
      # @api private
      class Scripts
        # Those that only look at one member, or at none: they do not ask which run of the server this is.
        QUICK = %i[online member last_seen touch].freeze
        # Those that let a server's memory grow: they are refused when its limit is reached.
        GROWS = %i[join visit rejoin].freeze
        # Members of a topic, and bytes of them, that are kept without keys of their own.
        INLINE = { INLINE_MEMBERS: 64, INLINE_BYTES: 8_192 }.freeze
        # A diff tells of so many members; so many are swept in one call; so many stand for a topic too large.
        SIZES = { MAX_ENTRIES: 1_500, BUDGET: 500, SAMPLE: 20 }.freeze
        # ms that keys outlive their last session by at least, besides twice the ttl. As it is put off in steps of as much,
        # it is at most twice that.
        KEEP = 60_000
        # ms: a clock that is this far off was stepped, or stood still.
        PATIENCE = 1_000
        # ms that a server was not asked for, after which it is doubted whether it could be, or half the ttl, if that is
        # more. That is longer than it takes until somebody ticks in place of a process that has died; and, but for a ttl
        # below 17 s, shorter than a session lives on that is kept (the ttl less a heartbeat and a second).
        DOUBT = 10_000

        Script = Struct.new(:text, :sha) do
          def self.of(text) = new(text.dup.freeze, Digest::SHA1.hexdigest(text).freeze)
        end

        # @param config [Configuration]
        # @param manual [Boolean] whether the time is given by a clock moved by hand
        # @param late [Integer] ms after which a command was given up by its caller
        # @param buckets [Integer] limits of the registry are shared out among these
        def initialize(config, manual:, late:, buckets:)
          @constants = INLINE.merge(SIZES).merge(limits(config, buckets)).merge(times(config)).merge(
            MANUAL: manual, SLACK: manual ? 0 : 1, LATE: late, PATIENCE: PATIENCE, DOUBT: [DOUBT, config.ttl_ms / 2].max, LULL: lull(late)
          )
          @scripts = Hash.new { |scripts, name| scripts[name] = build(name) }
        end

        # @param name [Symbol]
        # @return [Script]
        def [](name) = @scripts[name]

        private

        # ms within which whoever was kept from asking has asked again: the attempt that is under way, the breaker's
        # pause, and a tick.
        def lull(late) = late + (Breaker::MAX_PAUSE * 1000).to_i + PATIENCE

        def limits(config, buckets)
          { LIST_LIMIT: config.list_limit, MAX_MEMBER_BYTES: config.max_member_bytes,
            MAX_SESSIONS: config.max_sessions_per_member, MAX_MEMBERS: config.max_members_per_topic,
            MAX_TOPICS: config.max_topics.fdiv(buckets).ceil, SEEN_LIMIT: config.last_seen_limit.fdiv(buckets).ceil }
        end

        def times(config)
          { COALESCE: config.coalesce.to_f * 1000, MAX_COALESCE: config.max_coalesce.to_f * 1000,
            SEEN_FOR: config.last_seen_for_ms, KEEP: KEEP + (2 * config.ttl_ms) }
        end

        def build(name)
          constants = @constants.merge(QUICK: QUICK.include?(name))
          head = "#!lua#{" flags=allow-oom" unless GROWS.include?(name)}\n"
          head += constants.map { |key, value| "local #{key} = #{Lua.literal(value)}\n" }.join
          text = head + Lua.prelude + Lua.read("#{name}.lua")
          Script.of(text)
        end

        # Reads the files, and writes numbers down.
        module Lua
          DIRECTORY = File.join(__dir__, "lua")

          class << self
            def prelude = @prelude ||= Dir[File.join(DIRECTORY, "prelude", "*.lua")].map { |path| strip(File.read(path)) }.join

            def read(name) = strip(File.read(File.join(DIRECTORY, name)))

            def literal(value)
              case value
              when true, false, Integer then value.to_s
              when Float then value == value.round ? value.round.to_s : value.to_s
              else raise ArgumentError, "a constant of a script is a number; got #{value.inspect}"
              end
            end

            private

            # A server keeps the text of each script: comments stay here.
            def strip(text) = "#{text.gsub(/^\s*--.*\n/, "").gsub(/^\s+/, "")}\n"
          end
        end
        private_constant :Lua
      end
    end
  end
end
