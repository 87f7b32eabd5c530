# frozen_string_literal: true

module Bench
  module Shared
    # A process with one registry on the shared store, which tells what it costs.
    class Host
      SETTINGS = { ttl: 3_600, heartbeat: 15, max_members_per_topic: 2_000_000 }.freeze

      # @param size [Hash] `size`, where it is not the default
      def initialize(path, **size)
        @path = path
        @size = size
      end

      # @return [Float] ms until the files are open and a first question is answered
      def boot
        started = Measure.wall
        @registry = PresenceRs::Registry.new(store: [:shared, { path: @path, **@size }], **SETTINGS)
        @registry["room"].online?("user-0")
        (Measure.wall - started) / 1e6
      end

      # @return [Float] ms until the whole list is there as JSON
      def list
        started = Measure.wall
        @registry["room"].to_json
        (Measure.wall - started) / 1e6
      end

      # @return [Hash] bytes: of this process alone, and of the files (with what is allocated ahead)
      def bytes
        Memory.resident # gives back what is free
        own = File.read("/proc/self/status")[/^RssAnon:\s+(\d+) kB/, 1].to_i * 1024
        { own:, files: Dir["#{@path}/*"].sum { |file| File.stat(file).blocks * 512 } }
      end

      # @param number [Integer] sessions, each of a member of its own
      def fill(number)
        number.times { |n| join(n) }
        @registry.tick
        true
      end

      # @return [Integer] sessions, each of a member of its own, until no more are let in
      def fill_up
        (0..).each { |n| join(n) }
      rescue PresenceRs::StoreUnavailable => e
        raise unless e.message.include?("a larger size")

        @registry["room"].count
      end

      def touch(number)
        room = @registry["room"]
        number.times { |n| room.touch("user-#{n}", session: session(n)) or raise "user-#{n} is not there" }
        true
      end

      # @return [Float] percent of a core that this process takes while nothing happens
      def idle(seconds)
        @registry.subscribe { |_diff| nil }
        sleep 2 # what came before is over
        before = cpu
        sleep seconds
        (cpu - before) * 100 / seconds
      end

      # Tells each diff's arrival, from here on.
      def listen(socket)
        out = UNIXSocket.new(socket)
        @registry.subscribe { |_diff| out.write([Measure.wall].pack("Q")) }
        true
      end

      def close = @registry.close

      private

      def join(number) = @registry["room"].join("user-#{number}", session: session(number), meta: { name: "Somebody #{number}" })

      # As long as the server makes them.
      def session(number) = format("%032d", number)

      def cpu = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
    end
  end
end
