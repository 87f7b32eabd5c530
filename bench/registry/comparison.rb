# frozen_string_literal: true

require_relative "rivals/ours"
require_relative "rivals/memory"
require_relative "rivals/cache"
require_relative "rivals/redis"
require_relative "rivals/sql"
require_relative "rivals/active_record"
require_relative "losses"

module Bench
  # What each of the ways costs and loses, at 10,000 people.
  class Comparison
    MEMBERS = 10_000
    IDS = Array.new(MEMBERS) { |n| "user-#{n}" }.freeze
    CALLS = %i[touch online? join leave].freeze
    # So long at most each call of a rival is measured, in ns.
    PATIENCE = 400_000_000

    # name => what makes one
    def self.rivals(servers)
      { ours: -> { Rivals::Ours.new }, shared: -> { Rivals::OurSharedStore.new(servers) },
        plain: -> { Rivals::PlainRoom.new }, concurrent: -> { Rivals::ConcurrentMap.new },
        cache_memory: -> { Rivals::Cache.new(:memory, servers) }, cache_file: -> { Rivals::Cache.new(:file, servers) },
        cache_redis: -> { Rivals::Cache.new(:redis, servers) }, cache_memcached: -> { Rivals::Cache.new(:memcached, servers) },
        redis: -> { Rivals::RedisScript.new(servers) },
        sqlite: -> { Rivals::Sqlite.new(servers) }, postgresql: -> { Rivals::Postgresql.new(servers) },
        sqlite_ar: -> { Rivals::ActiveRecordTable.new(:sqlite, servers) },
        postgresql_ar: -> { Rivals::ActiveRecordTable.new(:postgresql, servers) } }
    end

    # @return [Array<Hash>] a rival each: name, ns of each call, what was lost; or why it was left out
    def self.run(servers)
      rivals(servers).map do |key, make|
        warn "  #{key} …"
        new(make).run.merge(key:)
      rescue LoadError, Servers::LeftOut => e
        warn "  left out: #{key}: #{e.message.lines.first.strip}"
        { key:, left_out: e.message.lines.first.strip }
      end
    end

    def initialize(make)
      @rival = make.call
    end

    def run
      losses = Losses.of(@rival)
      fill
      { name: @rival.name, **losses, **times }
    ensure
      @rival.close
    end

    private

    def fill
      return @rival.fill(IDS) if @rival.respond_to?(:fill)

      IDS.each { |id| @rival.join(id) }
    end

    def times
      new = Array.new(1_000) { |n| "guest-#{n}" }
      joined = 0
      { touch: measure(IDS) { |id| @rival.touch(id) }, online?: measure(IDS) { |id| @rival.online?(id) },
        join: measure(new) { |id| (joined += 1) && @rival.join(id) },
        leave: measure(new.first(joined)) { |id| @rival.leave(id) } }
    end

    # In pieces, of which the median is taken, until patience or the list ends.
    def measure(ids, &block)
      ids = ids.shuffle(random: Random.new(1)) if ids.size > 1_000
      piece = 1
      times = []
      ends = Measure.wall + PATIENCE
      until ids.empty? || Measure.wall > ends
        now, ids = ids.first(piece), ids.drop(piece)
        times << time(now.size) { now.each(&block) }
        piece = [piece * 2, 100].min if times.last * piece < 2_000_000
      end
      Measure.median(times)
    end

    def time(number, &) = @rival.processes? ? Measure.wall_per(number, &) : Measure.per(number, &)
  end
end
