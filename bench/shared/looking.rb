# frozen_string_literal: true

module Bench
  module Shared
    # The way that was not taken to learn of news: a thread that looks at the store every few milliseconds, where ours
    # sleeps until the one who writes wakes it. A look costs as little as it can here: one `online?`.
    module Looking
      EVERY = 0.005

      module_function

      # @return [Hash] `delay`, ms from a join until it is seen, as {Delay} sums it up; `idle`, percent of a core
      def run(path, joins:)
        seen, writer = IO.pipe
        looker = fork { look(path, joins, seen, writer) }
        writer.close
        raise "the one that looks did not begin" unless seen.gets == "ready\n"

        registry = PresenceRs::Registry.new(store: [:shared, { path: }])
        delays = Array.new(joins) do |n|
          sleep(0.02 + (rand * EVERY)) # at any moment between two looks
          started = Measure.wall
          registry["look:#{n}"].join("ada")
          (Integer(seen.gets) - started) / 1e6
        end
        { every: EVERY * 1_000, delay: Delay.summary(delays), idle: Float(seen.gets).round(3) }
      ensure
        Process.wait(looker)
        registry&.close
      end

      def look(path, joins, seen, writer)
        seen.close
        writer.sync = true
        registry = PresenceRs::Registry.new(store: [:shared, { path: }])
        writer.puts("ready")
        began = [Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID), Process.clock_gettime(Process::CLOCK_MONOTONIC)]
        joins.times do |n|
          room = registry["look:#{n}"]
          sleep(EVERY) until room.online?("ada")
          writer.puts(Measure.wall)
        end
        used = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) - began.first
        writer.puts(used * 100 / (Process.clock_gettime(Process::CLOCK_MONOTONIC) - began.last))
        exit!(0)
      end
    end
  end
end
