# frozen_string_literal: true

# bin/bench storm; see there for what it takes.

require "etc"
require "json"
require_relative "support/measure"
require_relative "support/report"
require_relative "support/chart"
require_relative "storm/ways"
require_relative "storm/promises"
require_relative "storm/restart"
require_relative "storm/table"

root = File.expand_path("..", __dir__)
numbers = ARGV.grep(/\A\d+\z/).map(&:to_i)
flags = ARGV.grep_v(/\A\d+\z/)
store = flags.include?("--shared") ? :shared : :memory
unknown = flags - %w[--check --shared --ours --restart]
abort "bin/bench storm: unknown argument #{unknown.first}; there are numbers of pages, --check, --shared, --ours and --restart" if unknown.any?

if flags.include?("--restart")
  Bench::Node.prepare
  machine = Bench::Report.machine
  numbers = [100, 1_000] if numbers.empty?
  runs = numbers.to_h { |number| [number, Bench::Storm::Restart.run(number, store:)] }
  puts "", "The server is killed and started again", "", Bench::Storm::Restart.table(runs)
  short = Bench::Storm::Restart.short(runs)
  unless flags.include?("--check")
    Bench::Report.keep("#{root}/bench/results/storm_restart.json", { machine:, load_after: Bench::Report.machine[:load], store:, runs:, short: })
  end
  warn "", "falls short (load #{machine[:load]&.join(" ")}):", *short.map { |line| "  #{line}" } if short.any?
  exit(short.any? && flags.include?("--check") ? 1 : 0)
end

numbers = [100, 300, 1_000, 3_000] if numbers.empty?
ways = flags.include?("--ours") ? %i[floor presence] : Bench::Storm::Ways::NAMES.keys

Bench::Node.prepare
machine = Bench::Report.machine
runs = numbers.to_h { |number| [number, Bench::Storm::Ways.run(number, ways, store:)] }
runs.each { |number, found| puts "", "#{number} pages, #{Bench::Storm::Crowd::AT_MOST} at a time", "", Bench::Storm::Table.of(found) }

short = Bench::Storm::Promises.short(runs)
unless flags.include?("--check") || flags.include?("--ours")
  Bench::Report.keep("#{root}/bench/results/storm.json", { machine:, load_after: Bench::Report.machine[:load], store:, runs:, short: })
  found = runs[1_000]
  if found
    bars = found.reject { |way, it| way == :floor || it[:left_out] }.map { |way, it| [Bench::Storm::Ways::SHORT[way], it[:bytes].to_f] }
    File.write("#{root}/docs/images/bench-storm.svg",
               Bench::Chart.draw("Bytes that 1,000 arrivals cost (logarithmic)", bars) { |bytes| Bench::Storm::Table.bytes(bytes) })
  end
end

if short.any?
  warn "", "falls short (load #{machine[:load]&.join(" ")}):", *short.map { |line| "  #{line}" }
  exit 1 if flags.include?("--check")
end
