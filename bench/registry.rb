# frozen_string_literal: true

# bin/bench registry; see there for what it takes.

require "English"
require "json"
require "securerandom"
require "presence_rs"
require_relative "support/measure"
require_relative "support/memory"
require_relative "support/servers"
require_relative "support/report"
require_relative "support/chart"
require_relative "registry/rows"
require_relative "registry/comparison"

unknown = ARGV - %w[--check --quick]
abort "bin/bench registry: unknown argument #{unknown.first}; there are --check and --quick" if unknown.any?
check = ARGV.include?("--check")
quick = ARGV.include?("--quick")
root = File.expand_path("..", __dir__)
machine = Bench::Report.machine
servers = Bench::Servers.new
begin
  rows = Bench::Rows.measure(servers, quick:)
  puts Bench::Report.rows(rows), "", Bench::Report.loads(machine)
  unless check
    warn "\nthe ways to do it, at #{Bench::Comparison::MEMBERS} people:"
    ways = Bench::Comparison.run(servers)
    memcached = Bench::Losses.memcached(servers)
    puts "", Bench::Report.comparison(ways)
    puts "", "Rails.cache on memcached, a list of 20,000 people: #{memcached.map { |key, value| "#{key} #{value}" }.join(", ")}"
    result = { quick:, machine:, load_after: Bench::Report.load, rows: rows.map(&:to_h), ways:, memcached: }
    Bench::Report.keep("#{root}/bench/results/registry.json", result)
    unless quick
      bars = ways.reject { |it| it[:left_out] }.map { |it| [it[:name], it[:touch]] }
      File.write("#{root}/docs/images/bench-registry.svg", Bench::Chart.draw("One touch among 10,000 people (logarithmic)", bars))
    end
  end
ensure
  servers.stop
end

short = Bench::Report.short(rows)
if short.any?
  warn "", "falls short:", *short
  exit 1 if check
end
