# frozen_string_literal: true

# bin/bench idle; see there for what it takes.

require "etc"
require "json"
require_relative "support/measure"
require_relative "support/report"
require_relative "storm/crowd"
require_relative "storm/server"
require_relative "storm/table"

# The server's processor time for a while in which nothing happens but pings and heartbeats.
class Idle
  NAMES = { nobody: "nobody", floor: "Action Cable's pings", presence: "pings and presence_rs's heartbeats" }.freeze

  def initialize(number, seconds)
    @number = number
    @seconds = seconds
  end

  # @return [Hash{Symbol => Hash}]
  def run
    { nobody: nobody, floor: crowd(:floor), presence: crowd(:presence) }
  end

  # @return [Hash] seconds of the processor that pings, and that heartbeats take
  def self.costs(found)
    nobody, floor, presence = found.values_at(:nobody, :floor, :presence).map { |it| it[:cpu_s] }
    { pings: (floor - nobody).round(3), heartbeats: (presence - floor).round(3) }
  end

  private

  def nobody
    on_a_server { |server| cost(server) { sleep @seconds } }
  end

  def crowd(kind)
    on_a_server do |server|
      crowd = Bench::Storm::Crowd.new(kind, server, number: @number, patience: 60)
      arrived = crowd.arrive
      abort "not all of #{@number} pages came: #{arrived}" unless arrived[:complete]
      # What coming has left behind is cleared away first.
      sleep 5
      cost(server) { crowd.stay(@seconds) }
    ensure
      crowd&.leave
    end
  end

  def on_a_server
    server = Bench::Storm::Server.rails(store: :memory)
    sleep 2
    yield server
  ensure
    server&.stop
  end

  def cost(server)
    before = server.cpu
    told = yield
    { cpu_s: (server.cpu - before).round(3), server_mb: server.memory, **(told.is_a?(Hash) ? told : {}) }
  end
end

root = File.expand_path("..", __dir__)
flags = ARGV.grep_v(/\A\d+\z/)
unknown = flags - %w[--check --quick]
abort "bin/bench idle: unknown argument #{unknown.first}; there are a number of pages, --check and --quick" if unknown.any?
number = ARGV.grep(/\A\d+\z/).first&.to_i || 1_000
seconds = flags.include?("--quick") ? 20 : 60

Bench::Node.prepare
machine = Bench::Report.machine
found = Idle.new(number, seconds).run
costs = Idle.costs(found)
puts "#{number} idle pages, #{seconds} s", "", Bench::Report.table(
  ["with", "server's CPU", "server's memory", "bytes to the pages"],
  found.map { |name, it| [Idle::NAMES[name], "#{it[:cpu_s]} s", "#{it[:server_mb]} MB", it[:bytes] ? Bench::Storm::Table.bytes(it[:bytes]) : ""] }
)
puts "", "pings: #{costs[:pings]} s, heartbeats: #{costs[:heartbeats]} s of the processor in #{seconds} s"
unless flags.include?("--check") || flags.include?("--quick")
  Bench::Report.keep("#{root}/bench/results/idle.json", { machine:, load_after: Bench::Report.machine[:load], number:, seconds:, found:, costs: })
end
if costs[:heartbeats] > costs[:pings]
  warn "", "falls short: heartbeats cost the server more than Action Cable's own pings"
  exit 1 if flags.include?("--check")
end
