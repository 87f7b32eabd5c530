# frozen_string_literal: true

require "fileutils"
require "socket"
require "tmpdir"
require_relative "waiting"

# A Redis or Valkey server of the specs' own: on a free port of the loopback interface, stopped by its pid.
#
#     RedisServer.shared.url                       # one for the whole run, for each example with a prefix of its own
#     server = RedisServer.start(program: "valkey-server", "maxmemory" => "10mb")
#     server.kill; server.start                    # the same port again
class RedisServer
  PROGRAMS = %w[redis-server valkey-server].select do |name|
    ENV.fetch("PATH", "").split(File::PATH_SEPARATOR).any? { |directory| File.executable?(File.join(directory, name)) }
  end.freeze
  @running = []

  class << self
    # @return [Array<RedisServer>]
    attr_reader :running

    # @return [RedisServer] that the examples of a run share; they must not disturb it
    def shared(program = PROGRAMS.first)
      (@shared ||= {})[program] ||= start(program: program)
    end

    # @return [RedisServer]
    def start(program: PROGRAMS.first, **settings)
      new(program, settings).tap(&:start)
    end

    def stop_all = running.dup.each(&:stop)
  end

  attr_reader :port, :pid, :directory, :program

  # @param settings [Hash] of its configuration file
  def initialize(program, settings)
    @program = program
    @settings = settings.transform_keys(&:to_s)
    @port = TCPServer.open("127.0.0.1", 0) { |server| server.addr[1] }
    @directory = Dir.mktmpdir("presence_rs-redis")
  end

  # @return [String]
  def url = "redis://127.0.0.1:#{port}"

  # @return [self] once it answers
  def start
    settings = { "port" => port, "bind" => "127.0.0.1", "save" => "", "dir" => directory, "daemonize" => "no" }.merge(@settings)
    command = [@program, *settings.flat_map { |name, value| ["--#{name}", *value.to_s.split(" ", -1)] }]
    @pid = Process.spawn(*command, in: File::NULL, out: [log, "a"], err: %i[child out])
    RedisServer.running << self
    wait_for_answer
    self
  end

  # Ends it without a word.
  # @return [void]
  def kill(signal = "KILL")
    return unless @pid

    Process.kill(signal, @pid)
    Process.wait(@pid)
    @pid = nil
    RedisServer.running.delete(self)
  end

  # @return [void]
  def stop
    kill
    FileUtils.rm_rf(directory)
  end

  # Lets it stand still, and go on.
  def pause = Process.kill("STOP", pid)
  def resume = Process.kill("CONT", pid)

  # @return [Object] what it answers to one command, over a connection of its own
  def call(*command)
    client = RedisClient.new(host: "127.0.0.1", port: port, timeout: 5, **@login.to_h)
    client.call(*command)
  ensure
    client&.close
  end

  # @return [Hash{String => String}] a section of what it says of itself
  def info(section)
    call("INFO", section).lines.filter_map { |line| line.chomp.split(":", 2) if line.include?(":") }.to_h
  end

  def log = File.join(directory, "log")

  private

  def wait_for_answer
    require "redis_client"
    deadline = Waiting.now + 10
    begin
      call("PING")
    rescue RedisClient::CommandError => e
      raise unless e.message.start_with?("LOADING")

      sleep 0.02
      retry
    rescue RedisClient::Error => e
      raise "#{@program} does not answer: #{e.message}\n#{File.read(log)}" if Waiting.now > deadline

      sleep 0.02
      retry
    end
  end
end

owner = Process.pid
at_exit { RedisServer.stop_all if Process.pid == owner }
