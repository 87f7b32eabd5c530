# frozen_string_literal: true

require "fileutils"
require "net/http"
require "socket"
require "tmpdir"
require_relative "checkout"
require_relative "free_port"
require_relative "waiting"

# Servers in processes of their own, for the specs that need a real one: started on a free port of the loopback
# interface, waited for until they answer, stopped by their pid.
#
#     demo = start_demo({ "PRESENCE_TTL" => "2" })
#     Net::HTTP.get(URI(demo.url("/session/new")))
#     demo.restart
#
# Those started in an example end with it. One that a whole group uses: `@demo = Servers.demo` in before(:context), and
# `@demo.stop` in after(:context).
module Servers
  # Lifetimes so short that a spec can wait for them; seconds.
  QUICK = { "PRESENCE_TTL" => "4", "PRESENCE_HEARTBEAT" => "0.5", "PRESENCE_LINGER" => "0.5",
            "PRESENCE_GRACE" => "1", "PRESENCE_STORE" => "memory" }.freeze

  class << self
    # @return [Integer] a port that nobody listens on
    def free_port
      FreePort.take
    end

    # The demo, as bin/demo runs it, but for building the extension.
    #
    # @param env [Hash{String => String}] such as PRESENCE_TTL; {QUICK} where left out, which is in memory, so that one
    #   demo knows nothing of another
    # @return [Server]
    def demo(env = {}, path: "/session/new", **options)
      puma(File.join(Checkout::ROOT, "demo"), env: QUICK.merge(env), path: path, **options)
    end

    # A Rack application with Puma.
    #
    # @param directory [String] where its config.ru is
    # @param arguments [Array<String>] further ones of puma's
    # @return [Server]
    def puma(directory, *arguments, env: {}, port: free_port, **options)
      env = { "BUNDLE_GEMFILE" => File.join(Checkout::ROOT, "Gemfile"), "RACK_ENV" => nil }.merge(env)
      command = ["bundle", "exec", "puma", "--bind", "tcp://127.0.0.1:#{port}", *arguments, "config.ru"]
      Server.new(command, env: env, chdir: directory, port: port, **options).tap(&:start)
    end
  end

  # One server. It is the leader of a process group, so that workers go with it.
  class Server
    @running = []

    class << self
      attr_reader :running

      # @return [String] a directory that is there until the run ends
      def logs
        @logs ||= Dir.mktmpdir("presence_rs-servers")
      end

      def clean_up
        stop_all
        FileUtils.rm_rf(@logs) if @logs
      end

      def stop_all(servers = running.dup)
        servers.each(&:stop)
      end
    end

    attr_reader :port, :pid

    # @param command [Array<String>]
    # @param path [String] answers once the server is ready, with whatever status
    def initialize(command, port:, chdir:, env: {}, path: "/")
      @command = command
      @port = port
      @chdir = chdir
      @env = env
      @path = path
      @log = File.join(Server.logs, "#{port}-#{object_id}")
    end

    # @return [self] once it answers
    def start
      @pid = Bundler.with_unbundled_env do
        Process.spawn(@env, *@command, chdir: @chdir, in: File::NULL, out: [@log, "a"], err: %i[child out], pgroup: true)
      end
      Server.running << self
      wait_for_answer
      self
    rescue StandardError
      stop
      raise
    end

    # @return [String]
    def url(path = "/")
      "http://127.0.0.1:#{port}#{path}"
    end

    # @return [String] all that it printed
    def output
      File.exist?(@log) ? File.read(@log) : ""
    end

    # @param signal [String] TERM lets it finish what it does; KILL does not
    # @return [void]
    def stop(signal = "TERM")
      return unless @pid

      Process.kill(signal, @pid)
      # Puma 6.6 now and then leaves a worker waiting for itself, with an empty application too.
      ended?(5) || Process.kill("KILL", -@pid)
      ended?(5)
      kill_group
    rescue Errno::ESRCH
      ended?(1)
    ensure
      @pid = nil
      Server.running.delete(self)
    end

    # Ends it and starts it again on the same port.
    #
    # @return [self]
    def restart(signal = "TERM")
      stop(signal)
      start
    end

    # @return [Array<Integer>] the processes that it forked, such as Puma's workers
    def children
      File.read("/proc/#{@pid}/task/#{@pid}/children").split.map(&:to_i)
    end

    private

    def wait_for_answer
      deadline = Waiting.now + 60
      until answers?
        raise "#{@command.join(" ")} ended:\n#{output}" if ended?(0)
        raise "#{@command.join(" ")} did not answer within 60 s:\n#{output}" if Waiting.now > deadline

        sleep 0.05
      end
    end

    def answers?
      Net::HTTP.start("127.0.0.1", @port, open_timeout: 10, read_timeout: 20) { |http| http.get(@path) }
      true
    rescue SystemCallError, EOFError, Net::OpenTimeout, Net::ReadTimeout
      false
    end

    def ended?(patience)
      return true if @ended == @pid

      deadline = Waiting.now + patience
      until Process.wait(@pid, Process::WNOHANG)
        return false if Waiting.now > deadline

        sleep 0.02
      end
      @ended = @pid
      true
    rescue Errno::ECHILD
      true
    end

    # Whom a killed server left behind. Until they have ended, too, they may have the port.
    def kill_group
      Process.kill("KILL", -@pid)
      deadline = Waiting.now + 10
      sleep 0.01 while group_running? && Waiting.now < deadline
    rescue Errno::ESRCH
      # Nobody.
    end

    def group_running?
      Dir["/proc/[0-9]*/stat"].any? do |path|
        state, _parent, group = File.read(path)[/\) (.*)/, 1].split
        group.to_i == @pid && !"ZX".include?(state)
      rescue Errno::ENOENT, Errno::ESRCH
        false # It ended meanwhile.
      end
    end
  end

  # @see Servers.demo
  def start_demo(env = {}, **options)
    started(Servers.demo(env, **options))
  end

  # @see Servers.puma
  def start_puma(directory, *arguments, **options)
    started(Servers.puma(directory, *arguments, **options))
  end

  private

  def started(server)
    (@servers ||= []) << server
    server
  end
end

RSpec.configure do |config|
  config.include Servers
  config.after { Servers::Server.stop_all(@servers || []) }
end

owner = Process.pid
at_exit { Servers::Server.clean_up if Process.pid == owner }
