# frozen_string_literal: true

require "json"
require "tmpdir"
require_relative "process"

# A process with a registry on a shared store, driven by the spec.
#
#     worker = SharedWorker.start(path:, ttl: 2)
#     worker.ask("keep", "room", "ada", "tab-1")       # joins, and keeps it alive by heartbeats
#     worker.ask("call", "room", "ids")                # => ["ada"]
#     worker.diffs                                     # what its subscription was told
class SharedWorker
  @running = []

  # What a call raised over there.
  class Raised < StandardError
    attr_reader :name

    def initialize(answer)
      @name = answer["raised"]
      super("#{name}: #{answer["message"]}")
    end
  end

  class << self
    attr_reader :running

    def start(...) = new(...).tap(&:start)
    def stop_all = running.dup.each(&:kill)
  end

  # @return [Integer]
  attr_reader :pid
  # @return [Float] seconds that the last call took over there
  attr_reader :took

  # @param path [String] of the store
  # @param settings [Hash] of the registry, and `beat`, the seconds between two heartbeats, and `size`
  def initialize(path:, **settings)
    @log = "#{path}-#{object_id}.log" # one for each process: the worker's pid follows
    @settings = { sweep_interval: 0.5, coalesce: 0.02, max_coalesce: 0.05, heartbeat: 0.5 }.merge(settings, path:, log: @log)
  end

  # Forked, since starting Ruby anew takes longer than some specs let a process live.
  def start
    @reader, out = IO.pipe
    input, @writer = IO.pipe
    @pid = fork { become_process(input, out) }
    [out, input].each(&:close)
    SharedWorker.running << self
    JSON.parse(line)
    self
  end

  # @return [Object] the answer
  # @raise [Raised]
  def ask(name, *arguments)
    send(name, *arguments)
    answer
  end

  # Asks without waiting; {#answer} does.
  def send(name, *arguments) = @writer.tap { |writer| writer.puts(JSON.generate([name, *arguments])) }.flush

  def answer(within: 60)
    answer = JSON.parse(line(within))
    @took = answer["took"]
    raise Raised, answer if answer["raised"]

    answer["is"]
  end

  # @return [Array<Hash>] of the diffs that its subscription was told, oldest first
  def diffs = entries("diff").map { |entry| entry["diff"].merge("reset" => entry["reset"], "heard_at" => entry["at"]) }

  def events = entries("event")

  # @return [Array<Float>] when it has spoken for all whom it keeps
  def beats = entries("beat").map { |entry| entry["at"] }

  # Ends it as a crash does.
  def kill
    signal("KILL")
    finish
  end

  # Waits for it to end by itself.
  def wait = finish

  # Ends it as a deploy does.
  def stop
    @writer.close
    finish
  end

  def signal(name) = Process.kill(name, @pid)

  # Waits until the process is stopped.
  def wait_until_stopped
    Process.wait2(@pid, Process::WUNTRACED).last.stopped? or raise "the worker #{@pid} has ended"
  end

  # In a forked child the pipes are its parent's.
  def abandon = [@reader, @writer].compact.each(&:close)

  private

  def become_process(input, out)
    SharedWorker.running.each(&:abandon)
    abandon
    SharedSpec::Process.new(**@settings).serve(input, out)
    exit!(0)
  rescue Exception => e # rubocop:disable Lint/RescueException
    warn e.full_message
    exit!(1)
  end

  def line(within = 60)
    @reader.wait_readable(within) or raise "the worker #{@pid} does not answer"
    @reader.gets or raise "the worker #{@pid} has ended"
  end

  def entries(kind)
    log = "#{@log}.#{@pid}"
    return [] unless File.exist?(log)

    File.readlines(log).filter_map do |text|
      # The last line may be half written.
      entry = JSON.parse(text) if text.end_with?("\n")
      entry if entry && entry["kind"] == kind
    end
  end

  def finish
    Process.wait(@pid)
    [@reader, @writer].each { |io| io.close unless io.closed? }
    SharedWorker.running.delete(self)
  end
end

RSpec.configure { |config| config.after { SharedWorker.stop_all } }
