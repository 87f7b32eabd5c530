# frozen_string_literal: true

require "presence_rs"

module Bench
  module Rivals
    # presence_rs itself, through its public API.
    class Ours
      LIMITS = { max_members_per_topic: 2_000_000, max_topics: 1_000_000 }.freeze

      attr_reader :registry

      def initialize(**options)
        @registry = PresenceRs::Registry.new(**LIMITS, **options)
        @room = @registry["room"]
      end

      def name = "presence_rs"
      def processes? = false
      def join(id) = @room.join(id)
      def touch(id) = @room.touch(id)
      def online?(id) = @room.online?(id)
      def leave(id) = @room.leave(id)
      def count = @room.count
      def close = @registry.close
    end

    # presence_rs where processes share the store: a child opens it anew by itself.
    class OurSharedStore < Ours
      def initialize(servers)
        raise Servers::LeftOut, "the shared store is for Linux" unless RUBY_PLATFORM.include?("linux")

        super(store: [:shared, { path: "#{servers.directory}/presence" }])
      end

      def name = "presence_rs, shared store"
      def processes? = true
    end
  end
end
