# frozen_string_literal: true

require "json"
require "tempfile"
require_relative "checkout"
require_relative "standing_still"

# A process with a registry on a Redis server, driven by the spec.
#
#     worker = RedisWorker.start(url: server.url, ttl: 2)
#     worker.ask("keep", "room", "ada", "tab-1")       # joins, and keeps it alive by heartbeats
#     worker.ask("call", "room", "ids")                # => ["ada"]
#     worker.diffs                                     # what its subscription was told
class RedisWorker
  SCRIPT = File.join(Checkout::ROOT, "spec", "processes", "support", "redis_worker.rb")
  @running = []

  # What a call raised over there.
  class Raised < StandardError
    attr_reader :name, :cause_name

    def initialize(answer)
      @name = answer["raised"]
      @cause_name = answer["cause"]
      super("#{name}: #{answer["message"]}")
    end
  end

  class << self
    attr_reader :running

    def start(...) = new(...).tap(&:start)
    def stop_all = running.dup.each(&:kill)
  end

  attr_reader :pid, :took

  # @param url [String] of the server
  # @param redis [Hash] further options of the store
  # @param beat [Float] seconds between two heartbeats
  # @param settings [Hash] of the registry
  def initialize(url:, redis: {}, beat: 0.2, **settings)
    @log = Tempfile.new("presence_rs-worker")
    @settings = { sweep_interval: 0.5, coalesce: 0.02, max_coalesce: 0.05 }.merge(settings)
    @settings = @settings.merge(store: { url: url, timeout: 5, prefix: "workers" }.merge(redis), beat: beat, log: @log.path)
  end

  # Forked, since starting Ruby anew takes longer than some specs let a process live.
  def start
    @reader, out = IO.pipe
    input, @writer = IO.pipe
    @pid = fork { become_worker(input, out) }
    [out, input].each(&:close)
    RedisWorker.running << self
    JSON.parse(line)
    self
  end

  # @return [Object] the answer
  # @raise [Raised]
  def ask(name, *arguments)
    @writer.puts(JSON.generate([name, *arguments]))
    answer = JSON.parse(line)
    @took = answer["took"]
    raise Raised, answer if answer["raised"]

    answer["is"]
  end

  # @return [Array<Hash>] of the diffs that its subscription was told, oldest first
  def diffs = entries("diff").map { |entry| entry["diff"].merge("reset" => entry["reset"], "heard_at" => entry["at"]) }

  def events = entries("event")

  # Ends it as a crash does.
  def kill
    return unless @pid

    Process.kill("KILL", @pid)
    Process.wait(@pid)
    finish
  end

  # Ends it as a deploy does.
  def stop
    @writer.close
    Process.wait(@pid)
    finish
  end

  def pause = StandingStill.stop(@pid)
  def resume = Process.kill("CONT", @pid)

  # In a forked child the pipes are its parent's.
  def abandon = [@reader, @writer].compact.each(&:close)

  private

  def become_worker(input, out)
    RedisWorker.running.each(&:abandon)
    abandon
    $stdin.reopen(input)
    $stdout.reopen(out)
    ARGV.replace([JSON.generate(@settings)])
    load SCRIPT
    exit!(0)
  rescue Exception => e # rubocop:disable Lint/RescueException
    warn e.full_message
    exit!(1)
  end

  def line
    @reader.wait_readable(60) or raise "the worker #{@pid} does not answer"
    @reader.gets or raise "the worker #{@pid} has ended"
  end

  def entries(kind)
    File.readlines(@log.path).filter_map do |text|
      # The last line may be half written.
      entry = JSON.parse(text) if text.end_with?("\n")
      entry if entry && entry["kind"] == kind
    end
  end

  def finish
    @pid = nil
    [@reader, @writer].each { |io| io.close unless io.closed? }
    RedisWorker.running.delete(self)
  end
end

RSpec.configure { |config| config.after { RedisWorker.stop_all } } if defined?(RSpec)
