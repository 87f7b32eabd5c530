# frozen_string_literal: true

require_relative "crowd"
require_relative "server"

module Bench
  module Events
    # The ways to tell everybody something, each on a server of its own that is new.
    module Ways
      # One speaks so often a second, for so many seconds; so many newcomers meanwhile, one after the other.
      RATE = 20
      SECONDS = 10
      COMERS = 30
      NAMES = { presence: "presence_rs", stock: "Action Cable, broadcast", socketio: "Node service on socket.io, broadcast" }.freeze

      module_function

      # In turns, so that what disturbs the machine disturbs each of them; of each the run counts whose delay is the median.
      # @return [Hash{Symbol => Hash}]
      def run(number, rounds)
        found = NAMES.transform_values { [] }
        rounds.times do |round|
          NAMES.keys.rotate(round).each do |way|
            warn "  #{way}, round #{round + 1} …"
            found[way] << on(way == :socketio ? Server.node : Server.rails) { |server| broadcast(way, server, number) }
          end
        end
        found.transform_values { |runs| runs.sort_by { |run| run[:delay_ms][:median] }[runs.size / 2].merge(rounds: runs) }
      end

      def broadcast(way, server, number)
        crowd = Crowd.new(way, [server], number:)
        crowd.talk(rate: RATE, seconds: 2) # warm up
        before = server.cpu
        found = crowd.talk(rate: RATE, seconds: SECONDS)
        found.slice(:sent, :messages, :bytes, :missing, :delay_ms, :errors).merge(cpu_s: (server.cpu - before).round(2))
      ensure
        crowd&.leave
      end

      # How late a thousand pages see a newcomer, with one who talks and without, in turns.
      # @return [Hash{Symbol => Array<Hash>}]
      def diffs(number, rounds)
        on(Server.rails) do |server|
          crowd = Crowd.new(:presence, [server], number:)
          crowd.talk(rate: RATE, seconds: 2, comers: 5)
          found = { quiet: [], talking: [] }
          rounds.times do |round|
            warn "  diffs, round #{round + 1} …"
            turns = { quiet: 0, talking: RATE }
            turns.to_a.rotate(round).each { |name, rate| found[name] << crowd.talk(rate:, seconds: SECONDS, comers: COMERS).fetch(:diff_delay_ms) }
          end
          found
        ensure
          crowd&.leave
        end
      end

      # From a socket of one process to the sockets of another.
      # @yieldreturn [Array<WebServer>]
      def across
        servers = yield
        crowd = Crowd.new(:presence, servers, number: 40)
        crowd.talk(rate: RATE, seconds: 2)
        { processes: crowd.arrival[:processes] }.merge(crowd.talk(rate: RATE, seconds: SECONDS).slice(:sent, :missing, :delay_ms))
      ensure
        crowd&.leave
        servers&.each(&:stop)
      end

      def on(server)
        yield server
      ensure
        server.stop
      end
    end
  end
end
