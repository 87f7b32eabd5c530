# frozen_string_literal: true

module Bench
  module Shared
    # One of the processes that call at the same time: the shared store, Redis in two ways, and a memory store of its own.
    class Caller
      MEMBERS = 10_000
      # So many calls between two looks at the clock.
      BATCH = 50
      # So many are there to come in one go.
      GUESTS = 100_000

      # @param number [Integer] which of them this is
      # @param of [Integer] how many there are
      # @param path [String] of the shared store
      # @param servers [Servers, nil] nil: without Redis
      def initialize(number, of:, path:, servers:)
        @number = number
        @ids = Array.new(MEMBERS) { |n| "user-#{n}" }
        @hosted = @ids.select.with_index { |_, n| n % of == number }
        @random = Random.new(number)
        @ways = { shared: registry(:shared, path:), memory: registry(:memory), **(servers ? redis(servers) : {}) }
        @batches = @ids.shuffle(random: @random).each_slice(BATCH).to_a
        @round = 0
      end

      # The members that this process keeps are online from here on.
      def host = @ways.each_value { |way| @hosted.each { |id| way.join(id) } } && true

      # @return [Hash] ns that a call takes, the median of batches: what else the machine does meanwhile interrupts few of
      #   them; and how many calls were made in a second
      def calls(way, name, seconds)
        it = @ways.fetch(way.to_sym)
        batches = name == "online?" ? @batches : guests
        times = []
        started = last = Measure.wall
        until last - started > seconds * 1e9
          batch = batches[times.size % batches.size]
          name == "online?" ? batch.each { |id| it.online?(id) } : batch.each { |id| it.join(id) }
          now = Measure.wall
          times << ((now - last) / BATCH)
          last = now
        end
        @joined = batches.first(times.size) if name == "join"
        { ns: Measure.median(times), rate: times.size * BATCH * 1e9 / (last - started) }
      end

      # @return [Float] ns of this thread's processor time that a touch takes
      def touch(way)
        way = @ways.fetch(way.to_sym)
        list = @hosted.shuffle(random: @random)
        Measure.per(list.size * 5) { 5.times { list.each { |id| way.touch(id) } } }
      end

      # Those who came for the sake of a measurement leave again.
      def clear(way)
        it = @ways.fetch(way.to_sym)
        @joined.each { |batch| batch.each { |id| it.leave(id) } }
        it.registry.tick if it.respond_to?(:registry)
        true
      end

      def close = @ways.each_value(&:close)

      private

      def redis(servers)
        { script: Rivals::RedisScript.new(servers, clear: @number.zero?),
          redis: registry(:redis, path: servers.redis, prefix: "bench:shared") }
      end

      def registry(store, **options)
        # Nobody is over while something else is measured.
        Rivals::Ours.new(store: [store, options], ttl: 3_600, heartbeat: 15)
      end

      # Others each time, made beforehand: more than come in a quarter of a second.
      def guests
        round = @round += 1
        Array.new(GUESTS) { |n| "guest-#{@number}-#{round}-#{n}" }.each_slice(BATCH).to_a
      end
    end
  end
end
