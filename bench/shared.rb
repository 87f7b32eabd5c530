# frozen_string_literal: true

# bin/bench shared; see there for what it takes.

require "English"
require "json"
require "securerandom"
require "tmpdir"
require "presence_rs"
require_relative "support/measure"
require_relative "support/memory"
require_relative "support/servers"
require_relative "support/report"
require_relative "registry/rows"
require_relative "shared/calls"
require_relative "shared/space"
require_relative "shared/delay"
require_relative "shared/looking"
require_relative "shared/promises"
require_relative "shared/table"

unknown = ARGV - %w[--check --quick]
abort "bin/bench shared: unknown argument #{unknown.first}; there are --check and --quick" if unknown.any?
check = ARGV.include?("--check")
quick = ARGV.include?("--quick")
root = File.expand_path("..", __dir__)
machine = Bench::Report.machine
servers = Bench::Servers.new
# Beside the application's own files, as its default is.
directory = Dir.mktmpdir("presence-bench")

begin
  left_out = Bench::Shared::Calls.left_out(servers)
  warn "left out: Redis, in both ways: #{left_out}" if left_out
  calls = [1, 2, 4].map do |processes|
    warn "  #{processes} at once …"
    Bench::Shared::Calls.run(servers, "#{directory}/calls-#{processes}", processes:, rounds: quick ? 3 : 9, redis: !left_out)
  end
  warn "  delay …"
  delay = Bench::Shared::Delay.run(directory, joins: quick ? 50 : 300)
  looking = Bench::Shared::Looking.run("#{directory}/looking", joins: quick ? 50 : 300)
  warn "  space …"
  space = Bench::Shared::Space.run("#{directory}/space", seconds: quick ? 5 : 20)
ensure
  servers.stop
  FileUtils.rm_rf(directory)
end

rows = Bench::Shared::Promises.rows(calls, space[:idle], left_out:)
puts Bench::Report.rows(rows), "", Bench::Shared::Table.calls(calls), "", Bench::Shared::Table.touches(calls), "",
     Bench::Shared::Table.delay(delay, looking), "",
     Bench::Shared::Table.space(space), "", Bench::Shared::Table.summary(calls), "", Bench::Report.loads(machine)
unless check
  Bench::Report.keep("#{root}/bench/results/shared.json",
                     { quick:, machine:, load_after: Bench::Report.load, rows: rows.map(&:to_h), calls:, delay:, looking:, space: })
end

short = Bench::Report.short(rows)
if short.any?
  warn "", "falls short (load #{machine[:load]&.join(" ")}):", *short
  exit 1 if check
end
