# frozen_string_literal: true

require "fileutils"
require "net/http"
require "socket"
require "tmpdir"

module Bench
  module Storm
    # One server in a process of its own, and what it costs.
    class Server
      ROOT = File.expand_path("../..", __dir__)
      # Ticks of the clock that the kernel counts processor time in, a second.
      TICKS = Etc.sysconf(Etc::SC_CLK_TCK)

      # Puma with Action Cable, one process.
      # @param store [Symbol] of presence
      def self.rails(store:)
        new({ "BUNDLE_GEMFILE" => "#{ROOT}/Gemfile", "STORM_STORE" => store.to_s }, "#{__dir__}/app") do |port|
          ["bundle", "exec", "puma", "--environment", "production", "--threads", "4:16", "--bind", "tcp://127.0.0.1:#{port}", "config.ru"]
        end
      end

      # The Node service on socket.io.
      def self.node
        new({}, "#{ROOT}/bench/node") { |port| ["node", "online_users.mjs", port.to_s] }
      end

      # @yieldparam port [Integer]
      # @yieldreturn [Array<String>] its command
      def initialize(env, chdir)
        @directory = Dir.mktmpdir("presence-storm")
        @port = TCPServer.open("127.0.0.1", 0) { |server| server.addr[1] }
        @log = "#{@directory}/log"
        @pid = Process.spawn(env.merge("STORM_DIRECTORY" => @directory), *yield(@port), chdir:, in: File::NULL, out: @log, err: @log)
        wait_for_answer
      end

      # @return [String]
      def address = "127.0.0.1:#{@port}"

      # @return [Float] seconds of the processor so far, all of its threads
      def cpu = File.read("/proc/#{@pid}/stat").split(") ").last.split.values_at(11, 12).sum(&:to_i).fdiv(TICKS)

      # @return [Float] MB of resident memory
      def memory = (File.read("/proc/#{@pid}/statm").split[1].to_i * 4_096 / 1e6).round(1)

      def stop
        Process.kill("KILL", @pid)
        Process.wait(@pid)
        FileUtils.rm_rf(@directory)
      end

      private

      def wait_for_answer
        deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 60
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
end
