# frozen_string_literal: true

# bin/bench events; see there for what it takes.

require_relative "support/measure"
require_relative "support/report"
require_relative "support/servers"
require_relative "events/ways"
require_relative "events/promises"
require_relative "events/table"

unknown = ARGV - %w[--check --quick]
abort "bin/bench events: unknown argument #{unknown.first}; there are --check and --quick" if unknown.any?
check = ARGV.include?("--check")
quick = ARGV.include?("--quick")
number = quick ? 200 : 1_000
rounds = quick ? 1 : 3
root = File.expand_path("..", __dir__)
machine = Bench::Report.machine
Bench::Node.prepare

ways = Bench::Events::Ways.run(number, rounds)
puts "", "One of #{number} members speaks #{Bench::Events::Ways::RATE} times a second, for #{Bench::Events::Ways::SECONDS} s", "",
     Bench::Events::Table.ways(ways)
diffs = Bench::Events::Ways.diffs(number, rounds)
puts "", "From a newcomer's subscription until the others see them", "", Bench::Events::Table.diffs(diffs)

servers = Bench::Servers.new
begin
  across = {}
  warn "  across processes …"
  Dir.mktmpdir do |directory|
    across[:shared] = Bench::Events::Ways.across { [Bench::Events::Server.rails(store: [:shared, { path: "#{directory}/presence" }], workers: 2)] }
  end
  begin
    store = [:redis, { path: servers.redis }]
    across[:redis] = Bench::Events::Ways.across { Array.new(2) { Bench::Events::Server.rails(store:) } }
  rescue Bench::Servers::LeftOut => e
    warn "  left out: #{e.message}"
  end
ensure
  servers.stop
end
puts "", "From a socket of one process to those of another", "", Bench::Events::Table.across(across)

short = Bench::Events::Promises.short(ways, diffs, across)
unless check
  Bench::Report.keep("#{root}/bench/results/events.json",
                     { quick:, machine:, load_after: Bench::Report.machine[:load], number:, ways:, diffs:, across:, short: })
end

if short.any?
  warn "", "falls short (load #{machine[:load]&.join(" ")}):", *short.map { |line| "  #{line}" }
  exit 1 if check
end
