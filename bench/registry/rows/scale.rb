# frozen_string_literal: true

module Bench
  module Rows
    # What a million costs; each in a process of its own, whose memory is measured too.
    module Scale
      BUILD = <<~RUBY
        LIMITS = { max_members_per_topic: 2_000_000, max_topics: 1_000_000 }
        clock = PresenceRs::ManualClock.new
        registry = PresenceRs::Registry.new(clock: clock, **LIMITS)
      RUBY
      SESSIONS = 200_000
      # Ids of 6 to 10 bytes.
      ID = '"u#{(n * 7 + 10_000).to_s.rjust(5 + n % 5, "0")}"' # rubocop:disable Lint/InterpolationCheck -- code of another process

      module_function

      # @return [Array<Row>]
      def rows = [*memory, *expiry, idle, *Growth.rows, *diffs]

      def memory
        ours = Measure.apart("#{BUILD}#{held("registry['room'].join(#{ID})", "registry.tick")}")
        plain = Measure.apart("registry = Bench::Rivals::Plain.new(ttl: 3600, ticking: false)\n" \
                              "#{held("registry.join('room', #{ID})", "registry.tick")}")
        [Row.new(name: "memory a session, 200,000 of them", value: ours[:bytes], unit: "B", limit: 300, most: true,
                 detail: "plain Ruby #{Rows.number(plain[:bytes])} B"),
         Row.new(name: "full GC with 200,000 sessions against without", value: ours[:gc], unit: "ms more", limit: 1, most: true,
                 detail: "plain Ruby #{Rows.number(plain[:gc])} ms more")]
      end

      def held(join, tick)
        <<~RUBY
          n = 0; #{join}; #{tick}
          gc = Bench::Memory.full_gc
          before = Bench::Memory.resident
          #{SESSIONS}.times { |n| #{join} }
          #{tick}
          bytes = (Bench::Memory.resident - before).fdiv(#{SESSIONS})
          puts JSON.generate(bytes:, gc: [Bench::Memory.full_gc - gc, 0].max)
        RUBY
      end

      def expiry
        seen = Measure.apart(<<~RUBY)
          #{BUILD}
          rooms = Array.new(10) { |n| registry["room:\#{n}"] }
          1_000_000.times { |n| rooms[n % 10].join("user-\#{n}", ttl: (n / 10) % 10 == 0 ? 30 : 3_600) }
          registry.tick
          clock.advance(31)
          GC.start
          times = []
          loop do
            start = Bench::Measure.now
            done = registry.store.tick(false)
            times << Bench::Measure.now - start
            break if done
          end
          registry.store.drain
          left = rooms.sum(&:count)
          abort "\#{left} are left of 900,000" unless left == 900_000
          puts JSON.generate(each: times.sum / 100_000.0 / 1_000, longest: times.max / 1e6, calls: times.size)
        RUBY
        [Row.new(name: "expiry of 100,000 of 1,000,000 sessions", value: seen[:each], unit: "µs each", limit: 1, most: true),
         Row.new(name: "longest single tick meanwhile", value: seen[:longest], unit: "ms", limit: 5, most: true,
                 detail: "#{seen[:calls]} calls")]
      end

      def idle
        seen = Measure.apart(<<~RUBY)
          #{BUILD}
          10_000.times { |t| room = registry["room:\#{t}"]; 100.times { |n| room.join("user-\#{n}", ttl: 3_600) } }
          registry.tick
          GC.start
          times = Array.new(200) do
            clock.advance(0.1)
            start = Bench::Measure.now
            registry.store.tick(false)
            Bench::Measure.now - start
          end
          puts JSON.generate(tick: Bench::Measure.median(times) / 1e3, longest: times.max / 1e3)
        RUBY
        Row.new(name: "idle tick, 1,000,000 sessions on 10,000 topics", value: seen[:tick], unit: "µs", limit: 10, most: true,
                detail: "longest of 200: #{Rows.number(seen[:longest])} µs")
      end

      def diffs
        seen = Measure.apart(<<~RUBY)
          #{BUILD}
          rooms = { small: [registry["small"], 1_000], large: [registry["large"], 100_000] }
          rooms.each_value { |room, size| size.times { |n| room.join("user-\#{n}", ttl: 3_600) } }
          registry.tick
          diff = lambda do |room, joins|
            joins.times { |n| room.join("guest-\#{n}") }
            time = Bench::Measure.per(1) { registry.store.tick(true) }
            registry.store.drain.each(&:to_json)
            joins.times { |n| room.leave("guest-\#{n}") }
            registry.tick
            time
          end
          times = Bench::Measure.rounds(15, rooms.transform_values { |room, _| -> { diff.(room, 1_000) } }
                                                 .merge(few: -> { diff.(rooms[:large].first, 100) }))
          puts JSON.generate(times)
        RUBY
        [Row.new(name: "diff of 1,000 joins on a topic of 100,000 against one of 1,000", value: seen[:large] / seen[:small],
                 unit: "x the time", limit: 3, most: true,
                 detail: "#{Rows.number(seen[:large] / 1e3)} µs against #{Rows.number(seen[:small] / 1e3)} µs"),
         Row.new(name: "diff of 1,000 joins against one of 100, same topic", value: seen[:large] / seen[:few], unit: "x the time",
                 limit: 20, most: true,
                 detail: "#{Rows.number(seen[:large] / 1e3)} µs against #{Rows.number(seen[:few] / 1e3)} µs")]
      end
    end
  end
end
