# frozen_string_literal: true

require "fileutils"
require "socket"
require "tmpdir"
require "English"

module Bench
  # Servers of our own, on sockets in a directory of our own, stopped by their pids.
  class Servers
    # What cannot be had here; the message says why.
    class LeftOut < StandardError; end

    attr_reader :directory

    def initialize
      @directory = Dir.mktmpdir("presence-bench")
      @pids = []
    end

    # @return [String] its Unix socket
    def redis
      @redis ||= "#{@directory}/redis.sock".tap do |path|
        start("redis-server", "--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "no") { UNIXSocket.new(path).close }
      end
    end

    # @return [String] its Unix socket
    def memcached
      @memcached ||= "#{@directory}/memcached.sock".tap do |path|
        user = Process.uid.zero? ? ["-u", "nobody"] : []
        FileUtils.chmod(0o777, @directory)
        start("memcached", "-s", path, "-a", "0777", *user) { UNIXSocket.new(path).close }
      end
    end

    # @return [Hash] as PG.connect takes it
    def postgresql
      @postgresql ||= begin
        data = "#{@directory}/postgresql"
        account = Process.uid.zero? ? %w[setpriv --reuid=postgres --regid=postgres --clear-groups] : []
        FileUtils.mkdir_p(data)
        FileUtils.chown("postgres", nil, data) if Process.uid.zero?
        FileUtils.chmod(0o777, @directory)
        quietly(*account, postgresql_tool("initdb"), "-D", data, "-A", "trust", "-U", "bench", "--no-sync")
        start(*account, postgresql_tool("postgres"), "-D", data, "-k", @directory, "-c", "listen_addresses=") do
          ready = system(postgresql_tool("pg_isready"), "-q", "-h", @directory, "-U", "bench", "-d", "postgres")
          raise Errno::ECONNREFUSED unless ready
        end
        { host: @directory, user: "bench", dbname: "postgres" }
      end
    end

    # Stops them all, and takes away what they have written.
    def stop
      @pids.reverse_each do |pid|
        Process.kill("INT", pid)
        Process.wait(pid)
      rescue Errno::ESRCH, Errno::ECHILD
        nil # it has ended by itself
      end
      FileUtils.rm_rf(@directory)
    end

    private

    def start(*command)
      raise LeftOut, "#{File.basename(command.first)} is not installed" unless executable?(command.first)

      log = "#{@directory}/log"
      pid = Process.spawn(*command, chdir: @directory, in: File::NULL, out: log, err: log)
      @pids << pid
      deadline = Measure.wall + 20_000_000_000
      begin
        yield
      rescue Errno::ENOENT, Errno::ECONNREFUSED
        gone = Process.wait(pid, Process::WNOHANG)
        raise LeftOut, "#{command.first} did not start: #{File.read(log).lines.last(3).join.strip}" if gone || Measure.wall > deadline

        sleep 0.05
        retry
      end
    end

    def quietly(*command)
      raise LeftOut, "#{command.first} is not installed" unless executable?(command.first)

      output = IO.popen(command, err: %i[child out], chdir: @directory, &:read)
      raise LeftOut, "#{command.join(" ")} failed: #{output.lines.last}" unless $CHILD_STATUS.success?
    end

    def executable?(name) = name.include?("/") ? File.executable?(name) : ENV["PATH"].split(":").any? { |it| File.executable?("#{it}/#{name}") }

    def postgresql_tool(name)
      found = Dir["/usr/lib/postgresql/*/bin/#{name}"].max || ENV["PATH"].split(":").map { |it| "#{it}/#{name}" }.find { |it| File.executable?(it) }
      found or raise LeftOut, "PostgreSQL's server (#{name}) is not installed"
    end
  end
end
