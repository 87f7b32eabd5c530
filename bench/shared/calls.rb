# frozen_string_literal: true

require_relative "worker"
require_relative "caller"

module Bench
  module Shared
    # What calls cost while so many processes make them at the same time.
    module Calls
      WAYS = { shared: "shared store", script: "Redis, Lua script", redis: "redis store" }.freeze
      # A second of one way would be time enough for the machine to change.
      SECONDS = 0.25

      module_function

      # @return [String, nil] why there is no Redis to measure against
      def left_out(servers)
        require "redis-client"
        servers.redis
        nil
      rescue LoadError, Servers::LeftOut => e
        e.message.lines.first.strip
      end

      # @param processes [Integer]
      # @param rounds [Integer]
      # @param redis [Boolean] whether there is one
      # @return [Hash] `online?` and `join`, of each way: ns that a call takes, and calls in a second of all processes together;
      #   `touch`: ns of the processor, on the shared store and on a memory store
      def run(servers, path, processes:, rounds:, redis: true)
        workers = Array.new(processes) { |n| Worker.new { Caller.new(n, of: processes, path:, servers: redis ? servers : nil) } }
        # One after the other: the first one clears the server.
        workers.each { |worker| worker.ask("host") }
        ways = redis ? WAYS.keys : [:shared]
        { processes:, **%i[online? join].to_h { |name| [name, together(workers, ways, name.to_s, rounds)] }, touch: touch(workers, rounds) }
      ensure
        workers&.each(&:stop)
      end

      def together(workers, ways, name, rounds)
        seen = ways.to_h { |way| [way, []] }
        (rounds + 1).times do |round|
          ways.rotate(round).each do |way|
            found = all(workers, "calls", way, name, SECONDS)
            all(workers, "clear", way) if name == "join"
            # The first round warms up.
            seen[way] << { ns: Measure.median(found.map { |it| it[:ns] }), rate: found.sum { |it| it[:rate] } } if round.positive?
          end
        end
        seen.transform_values { |list| %i[ns rate].to_h { |part| [part, Measure.median(list.map { |it| it[part] }).round] } }
      end

      def touch(workers, rounds)
        seen = { shared: [], memory: [] }
        (rounds + 1).times do |round|
          seen.keys.rotate(round).each do |way|
            found = all(workers, "touch", way)
            seen[way] << Measure.median(found) if round.positive?
          end
        end
        seen.transform_values { |list| Measure.median(list).round(1) }
      end

      def all(workers, *call)
        workers.each { |worker| worker.send(*call) }
        workers.map(&:answer)
      end
    end
  end
end
