# frozen_string_literal: true

module Bench
  module Redis
    # What a server has done, from what it says of itself.
    class Meter
      # Commands that a script calls are counted too; these are sent by clients.
      INSIDE = %w[evalsha eval].freeze

      def initialize(socket)
        @client = RedisClient.new(path: socket, timeout: 30)
      end

      # @return [Hash] what was added while the block ran
      def during
        before = read
        yield
        after = read
        after.to_h { |name, value| [name, value - before[name]] }
      end

      def memory
        @client.call("MEMORY", "PURGE")
        info("memory")["used_memory"].to_i
      end

      def flush = @client.call("FLUSHALL")

      def version = info("server").values_at("redis_version", "valkey_version").compact.last

      private

      def read
        stats = info("stats")
        scripts = info("commandstats").filter_map { |name, line| line[/calls=(\d+)/, 1].to_i if INSIDE.include?(name.delete_prefix("cmdstat_")) }.sum
        cpu = info("cpu")
        { executed: stats["total_commands_processed"].to_i, scripts: scripts,
          bytes: stats["total_net_input_bytes"].to_i + stats["total_net_output_bytes"].to_i,
          bytes_in: stats["total_net_input_bytes"].to_i,
          cpu: cpu["used_cpu_user"].to_f + cpu["used_cpu_sys"].to_f }
      end

      def info(section) = @client.call("INFO", section).lines.filter_map { |line| line.chomp.split(":", 2) if line.include?(":") }.to_h
    end
  end
end
