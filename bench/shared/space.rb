# frozen_string_literal: true

require_relative "worker"
require_relative "host"

module Bench
  module Shared
    # What 100,000 sessions take, how long a process needs to join them, and what processes cost that do nothing then.
    module Space
      SESSIONS = 100_000
      PROCESSES = 4
      # Bytes of a store that is filled up.
      SIZE = 64 * 1024 * 1024

      module_function

      # @param seconds [Integer] of idleness
      # @return [Hash] `bytes`, a session, and `boot`, in ms, and `idle`, percent of a core for each process; `full`, how many
      #   sessions a store of {SIZE} lets in
      def run(path, seconds:)
        first = Worker.new { Host.new(path) }
        first.ask("boot")
        before = first.ask("bytes")
        first.ask("fill", SESSIONS)
        filled = first.ask("bytes")
        first.ask("touch", SESSIONS)
        touched = first.ask("bytes")
        others = Array.new(PROCESSES - 1) { Worker.new { Host.new(path) } }
        boots = others.map { |other| other.ask("boot") }
        list = others.first.ask("list")
        idle = [first, *others].each { |worker| worker.send("idle", seconds) }.map(&:answer)
        { bytes: bytes(before, filled, touched), idle: idle.map { |percent| percent.round(3) },
          boot: { beside_others: Measure.median(boots).round(1), list: list.round(1), alone: alone(path, [first, *others]).round(1) },
          full: full("#{path}-full") }
      end

      def full(path)
        worker = Worker.new { Host.new(path, size: SIZE) }
        worker.ask("boot")
        worker.ask("fill_up")
      ensure
        worker&.stop
      end

      def bytes(before, filled, touched)
        { files: (filled[:files] - before[:files]) / SESSIONS, own: (filled[:own] - before[:own]) / SESSIONS,
          own_with_heartbeats: (touched[:own] - before[:own]) / SESSIONS }
      end

      # The first one after all others have ended has the whole file looked through.
      def alone(path, workers)
        workers.each(&:stop)
        times = Array.new(3) do
          worker = Worker.new { Host.new(path) }
          worker.ask("boot").tap { worker.stop }
        end
        Measure.median(times)
      end
    end
  end
end
