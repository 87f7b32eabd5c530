# frozen_string_literal: true

module Bench
  module Redis
    # How long it takes from a join in one process until a subscribe block of another has its diff; no socket is in it.
    module Latency
      module_function

      # @return [Hash] ms
      def run(socket, joins:)
        Meter.new(socket).flush
        reader, writer = IO.pipe
        listener = fork { listen(socket, reader, writer) }
        writer.close
        raise "the listener did not begin" unless reader.gets == "ready\n"

        way = Ours.new(socket)
        took = Array.new(joins) do |n|
          sleep 0.005
          started = Measure.wall
          way.join("room:#{n}", "ada", "x")
          (Integer(reader.gets) - started) / 1e6
        end
        { median: Measure.median(took).round(2), "99 %": took.sort[(joins * 0.99).floor - 1].round(2) }
      ensure
        Process.kill("KILL", listener)
        Process.wait(listener)
        way&.close
      end

      def listen(socket, reader, writer)
        reader.close
        writer.sync = true
        registry = PresenceRs::Registry.new(store: [:redis, { path: socket, prefix: "bench:bench" }])
        registry.subscribe { |_diff| writer.puts(Measure.wall) }
        writer.puts("ready")
        sleep
      end
    end
  end
end
