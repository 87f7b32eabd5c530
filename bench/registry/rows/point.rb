# frozen_string_literal: true

require_relative "../rivals/ours"
require_relative "../rivals/memory"
require_relative "../rivals/redis"
require_relative "../rivals/cache"
require_relative "native"

module Bench
  module Rows
    # Calls about one member, among 10,000.
    module Point
      MEMBERS = 10_000
      IDS = Array.new(MEMBERS) { |n| "user-#{n}" }.freeze
      TURNS = IDS.shuffle(random: Random.new(1)).freeze
      NEW = Array.new(MEMBERS) { |n| "guest-#{n}" }.freeze

      module_function

      # @return [Array<Row>]
      def rows(servers, rounds)
        among do |ours, room, plain|
          contenders = calls(ours, room, plain).merge(Native.calls(servers), loop: empty_loop)
          net = net(Measure.rounds(rounds, contenders), :loop)
          [*ratios(net), *Native.rows(net), allocations(room), *slow(servers, rounds, net[:touch])]
        end
      end

      # Yields our registry, a topic of it, and the plain Ruby one, with 10,000 members each.
      def among(plain = Rivals::Plain.new)
        ours = PresenceRs::Registry.new(**Rivals::Ours::LIMITS)
        room = ours["room"]
        IDS.each { |id| room.join(id) && plain.join("room", id) }
        yield ours, room, plain
      ensure
        ours&.close
        plain&.close
      end

      # Each loop is written out, so that neither side pays for a block. What can be repeated is, several times a round,
      # so that it is the call that is measured, and not how caches fill after the garbage collector.
      def calls(ours, room, plain)
        {
          touch: lambda {
                   each_of(TURNS, 25) do |list, i, size|
                     (room.touch(list[i])
                      i += 1) while i < size
                   end
                 },
          touch_plain: lambda {
                         each_of(TURNS, 25) do |list, i, size|
                           (plain.touch("room", list[i])
                            i += 1) while i < size
                         end
                       },
          online?: lambda {
                     each_of(TURNS, 25) do |list, i, size|
                       (room.online?(list[i])
                        i += 1) while i < size
                     end
                   },
          online_plain: lambda {
                          each_of(TURNS, 25) do |list, i, size|
                            (plain.online?("room", list[i])
                             i += 1) while i < size
                          end
                        },
          **coming_and_going(ours, room, plain)
        }
      end

      # Each is told of what the other did before, as people leave who were seen.
      def coming_and_going(ours, room, plain)
        {
          join: lambda {
                  each_of(NEW) do |list, i, size|
                    (room.join(list[i])
                     i += 1) while i < size
                  end.tap { ours.tick }
                },
          leave: lambda {
                   each_of(NEW) do |list, i, size|
                     (room.leave(list[i])
                      i += 1) while i < size
                   end.tap { ours.tick }
                 },
          join_plain: lambda {
                        each_of(NEW) do |list, i, size|
                          (plain.join("room", list[i])
                           i += 1) while i < size
                        end.tap { plain.tick }
                      },
          leave_plain: lambda {
                         each_of(NEW) do |list, i, size|
                           (plain.leave("room", list[i])
                            i += 1) while i < size
                         end.tap { plain.tick }
                       }
        }
      end

      def empty_loop = lambda {
                         each_of(TURNS, 25) do |list, i, size|
                           (list[i]
                            i += 1) while i < size
                         end
                       }

      def each_of(list, times = 1)
        Measure.per(list.size * times) { times.times { yield list, 0, list.size } }
      end

      # What the calls themselves cost.
      def net(times, base) = times.to_h { |name, time| [name, name == base ? time : [time - times[base], 0.1].max] }

      def ratios(net)
        { "touch" => %i[touch touch_plain], "online?" => %i[online? online_plain], "join" => %i[join join_plain],
          "leave" => %i[leave leave_plain] }.map do |name, (is, plain)|
          Row.new(name: "#{name} against plain Ruby", value: net[plain] / net[is], unit: "x", limit: 2,
                  detail: "#{Rows.number(net[is])} ns against #{Rows.number(net[plain])} ns")
        end
      end

      def allocations(room)
        made = lambda do
          before = GC.stat(:total_allocated_objects)
          room.touch("user-1")
          room.online?("user-1")
          room.count
          GC.stat(:total_allocated_objects) - before
        end
        Row.new(name: "objects made by a touch, an online? and a count", value: Array.new(3) { made.call }.last, unit: "objects",
                limit: 0, most: true)
      end

      def slow(servers, rounds, touch)
        [slow_row("touch against Redis (Lua, Unix socket)", 150, touch) { redis_touch(servers, rounds) },
         slow_row("touch against the Rails.cache way, 10,000 people", 10_000, touch) { cache_touch(servers) }]
      end

      def slow_row(name, limit, touch)
        time = yield
        Row.new(name:, value: time / touch, unit: "x", limit:, detail: "#{Rows.number(touch)} ns against #{Rows.number(time)} ns")
      rescue LoadError, Servers::LeftOut => e
        Row.new(name:, unit: "x", limit:, left_out: e.message.lines.first.strip)
      end

      def redis_touch(servers, rounds)
        redis = Rivals::RedisScript.new(servers)
        IDS.each { |id| redis.join(id) }
        times = Array.new(rounds) { Measure.wall_per(500) { 500.times { |i| redis.touch(TURNS[i]) } } }
        Measure.median(times)
      ensure
        redis&.close
      end

      # The memory store is the fastest of them.
      def cache_touch(servers)
        cache = Rivals::Cache.new(:memory, servers)
        cache.fill(IDS)
        Measure.median(Array.new(5) { Measure.per(3) { 3.times { |i| cache.touch(TURNS[i]) } } })
      end
    end
  end
end
