# frozen_string_literal: true

# bin/bench redis; see there for what it takes.

require "English"
require "json"
require "securerandom"
require "redis_client"
require "presence_rs"
require_relative "support/measure"
require_relative "support/servers"
require_relative "support/report"
require_relative "redis/meter"
require_relative "redis/ours"
require_relative "redis/common_way"
require_relative "redis/workload"
require_relative "redis/model"
require_relative "redis/latency"
require_relative "redis/idle"
require_relative "redis/channels"

unknown = ARGV - %w[--check --quick]
abort "bin/bench redis: unknown argument #{unknown.first}; there are --check and --quick" if unknown.any?
check = ARGV.include?("--check")
quick = ARGV.include?("--quick")
root = File.expand_path("..", __dir__)
servers = Bench::Servers.new
short = []

begin
  socket = servers.redis
  cases = [[1_000, 1], [1_000, 1_000], [50_000, 1], [50_000, 1_000]].map do |sessions, topics|
    load = Bench::Redis::Workload.new(sessions:, topics:, seconds: quick ? 10 : 60)
    ours = load.run(Bench::Redis::Ours.new(socket), socket)
    common = load.run(Bench::Redis::CommonWay.new(socket), socket)
    fewer = common[:commands].fdiv(ours[:commands])
    short << "#{sessions} sessions on #{topics} topics: #{fewer.round(1)} x fewer commands, promised 20" if fewer < 20
    short << "#{sessions} sessions on #{topics} topics: #{ours[:memory]} bytes a session, promised 350" if ours[:memory] > 350
    model = Bench::Redis::Model.of(sessions:, topics:)
    model.each do |what, expected|
      off = (ours[what] / expected) - 1
      short << "#{sessions} sessions on #{topics} topics: the model of #{what} is #{(off * 100).round} % off" if off.abs > 0.3
    end
    { sessions:, topics:, ours:, common:, fewer:, model: }
  end
  puts Bench::Redis::Workload.table(cases)

  idle = Bench::Redis::Idle.run(socket, quick:)
  short << "idle ticks grow with the topics: #{idle}" if idle[:many] > idle[:few] * 1.5
  puts "", "A second in which nothing happens: #{idle[:few]} commands with 1 topic, #{idle[:many]} with 1,000 " \
           "(those inside scripts included)"

  latency = Bench::Redis::Latency.run(socket, joins: quick ? 100 : 1_000)
  puts "", "From a join to a subscribe block of another process: #{latency.map { |name, ms| "#{name} #{ms} ms" }.join(", ")}"
  channels = Bench::Redis::Channels.run(socket, messages: quick ? 20_000 : 200_000)
  puts "", "What a published diff costs, with one process that listens:", "", Bench::Redis::Channels.table(channels)
  unless check
    Bench::Report.keep("#{root}/bench/results/redis.json",
                       { quick:, machine: Bench::Report.machine, server: Bench::Redis::Meter.new(socket).version,
                         cases:, idle:, latency:, channels: })
  end
rescue Bench::Servers::LeftOut => e
  abort "bin/bench redis: #{e.message}, and there is nothing else to measure"
ensure
  servers.stop
end

if short.any?
  warn "", "falls short:", *short.map { |line| "  #{line}" }
  exit 1 if check
end
