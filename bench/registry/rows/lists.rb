# frozen_string_literal: true

module Bench
  module Rows
    # Many members at once.
    module Lists
      MEMBERS = 10_000
      IDS = Array.new(MEMBERS) { |n| "user-#{n}" }.freeze

      module_function

      # @return [Array<Row>]
      def rows(rounds)
        registry = PresenceRs::Registry.new(coalesce: 0, **Rivals::Ours::LIMITS)
        room = registry["room"]
        IDS.each_with_index { |id, n| room.join(id, meta: { name: "Person #{n}", color: "green" }) }
        registry.tick
        [online(room, rounds), *json(room, rounds)]
      ensure
        registry&.close
      end

      def online(room, rounds)
        users = IDS.sample(80, random: Random.new(1)) + Array.new(20) { |n| "nobody-#{n}" }
        times = Measure.rounds(rounds, {
          one: -> { Measure.per(100) { 100.times { room.online(users) } } },
          each: -> { Measure.per(100) { 100.times { users.select { |user| room.online?(user) } } } }
        })
        Row.new(name: "online(100 users) against 100 calls of online?", value: times[:each] / times[:one], unit: "x", limit: 2,
                detail: "#{Rows.number(times[:one])} ns against #{Rows.number(times[:each])} ns")
      end

      def json(room, rounds)
        n = 0
        data = { type: "presence_state", topic: "room", members: room.members.map(&:as_json) }
        times = Measure.rounds(rounds, {
          changed: -> { room.update("user-1", meta: { n: n += 1 }) && Measure.per(1) { room.to_json } },
          unchanged: -> { Measure.per(100) { 100.times { room.to_json } } },
          ruby: -> { Measure.per(1) { JSON.generate(data) } }
        })
        { "after a change" => [:changed, 10], "unchanged" => [:unchanged, 1_000] }.map do |when_, (name, limit)|
          Row.new(name: "to_json of 10,000 #{when_} against JSON.generate", value: times[:ruby] / times[name], unit: "x", limit:,
                  detail: "#{Rows.number(times[name] / 1_000)} µs against #{Rows.number(times[:ruby] / 1_000)} µs")
        end
      end
    end
  end
end
