# frozen_string_literal: true

module Bench
  module Rows
    # The same calls on a topic of 1,000 members and on one of a million.
    module Growth
      CALLS = ["touch", "online?", "join and leave", "update", "member", "last_seen_at", "count"].freeze
      # So that they see memory as they find it: other calls would have moved it about.
      FIRST = CALLS.first(2).freeze

      module_function

      # @return [Array<Row>]
      def rows
        seen = Measure.apart("require '#{__FILE__}'\nputs JSON.generate(Bench::Rows::Growth.times)")
        CALLS.map do |call|
          small, large = seen.values_at(:"#{call} small", :"#{call} large")
          Row.new(name: "#{call} with 1,000,000 members against 1,000", value: large / small, unit: "x the time", limit: 3, most: true,
                  detail: "#{Rows.number(large)} ns against #{Rows.number(small)} ns")
        end
      end

      # In a process of its own.
      # @return [Hash] ns of each call on each topic
      def times
        registry = PresenceRs::Registry.new(clock: PresenceRs::ManualClock.new, max_members_per_topic: 2_000_000)
        calls = { small: 1_000, large: 1_000_000 }.map { |name, size| calls(registry, name, size) }.reduce(:merge)
        first, others = calls.partition { |name, _| name.start_with?(*FIRST) }.map(&:to_h)
        Measure.rounds(7, first).merge(Measure.rounds(7, others))
      end

      def calls(registry, name, size)
        room = registry[name.to_s]
        size.times { |n| room.join("user-#{n}", ttl: 3_600) }
        registry.tick
        # The same number of different Strings on both sides, so that these cost the same.
        ids = Array.new(100_000) { "user-#{rand(size)}" }
        guests = Array.new(50_000) { |n| "guest-#{n}" }
        { **%i[touch online? member last_seen_at].to_h { |call| [call.to_s, -> { each_of(ids) { |id| room.public_send(call, id) } }] },
          "join and leave" => -> { each_of(guests) { |id| room.join(id) } + each_of(guests) { |id| room.leave(id) } },
          "update" => -> { update(registry, room, ids.first(50_000)) },
          "count" => -> { each_of(guests) { room.count } } }.transform_keys { |call| "#{call} #{name}" }
      end

      def update(registry, room, ids)
        n = 0
        each_of(ids) { |id| room.update(id, meta: { n: n += 1 }) }.tap { registry.tick }
      end

      def each_of(ids, &) = Measure.per(ids.size) { ids.each(&) }
    end
  end
end
