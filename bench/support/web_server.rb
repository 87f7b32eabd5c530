# frozen_string_literal: true

require "etc"
require "fileutils"
require "net/http"
require "socket"
require "tmpdir"

module Bench
  # A server of pages in a process of its own, with its workers, and what it costs.
  class WebServer
    ROOT = File.expand_path("../..", __dir__)
    # Ticks of the clock that the kernel counts processor time in, a second.
    TICKS = Etc.sysconf(Etc::SC_CLK_TCK)
    # Seconds until it has to answer.
    PATIENCE = 60

    # Puma with Action Cable. The app has a directory of its own to write to, in BENCH_DIRECTORY.
    # @param app [String] the directory of its config.ru
    # @param env [Hash{String => String}]
    # @param workers [Integer] 0: one process
    def self.puma(app, env, workers: 0)
      new(env.merge("BUNDLE_GEMFILE" => "#{ROOT}/Gemfile"), app) do |port|
        ["bundle", "exec", "puma", "--environment", "production", "--threads", "4:16", "--workers", workers.to_s,
         "--bind", "tcp://127.0.0.1:#{port}", "config.ru"]
      end
    end

    # A service of bench/node.
    # @param script [String]
    def self.node(script)
      new({}, "#{ROOT}/bench/node") { |port| ["node", script, port.to_s] }
    end

    # @yieldparam port [Integer]
    # @yieldreturn [Array<String>] its command
    def initialize(env, chdir)
      @directory = Dir.mktmpdir("presence-bench")
      @port = TCPServer.open("127.0.0.1", 0) { |server| server.addr[1] }
      @log = "#{@directory}/log"
      @command = [env.merge("BENCH_DIRECTORY" => @directory), *yield(@port)]
      @chdir = chdir
      start
    end

    # Kills it, and has another one take its place, at the same address.
    def restart
      kill
      start
    end

    # @return [String]
    def address = "127.0.0.1:#{@port}"

    # @return [Float] seconds of the processor so far: all threads, and the workers
    def cpu = [@pid, *workers].sum { |pid| stat(pid).values_at(11, 12).sum(&:to_i) }.fdiv(TICKS)

    # @return [Float] MB of resident memory
    def memory = (File.read("/proc/#{@pid}/statm").split[1].to_i * 4_096 / 1e6).round(1)

    def stop
      kill
      FileUtils.rm_rf(@directory)
    end

    private

    def start
      @pid = Process.spawn(*@command, chdir: @chdir, in: File::NULL, out: @log, err: @log, pgroup: true)
      wait_for_answer
    end

    def kill
      Process.kill("KILL", -@pid)
      Process.wait(@pid)
    end

    def workers = File.read("/proc/#{@pid}/task/#{@pid}/children").split.map(&:to_i)
    def stat(pid) = File.read("/proc/#{pid}/stat").split(") ").last.split

    def wait_for_answer
      deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + PATIENCE
      begin
        Net::HTTP.get_response("127.0.0.1", "/", @port)
      rescue Errno::ECONNREFUSED, EOFError
        gone = Process.wait(@pid, Process::WNOHANG)
        abort "a server of the benchmark did not start:\n#{File.read(@log)}" if gone || Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline

        sleep 0.1
        retry
      end
    end
  end
end
