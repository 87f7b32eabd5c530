# frozen_string_literal: true

require "json"

module Bench
  module Storm
    # Thousands of pages, in a Node process: Ruby would be busy with its own clients.
    class Crowd
      NODE = File.expand_path("../node", __dir__)
      # Connections under way at a time.
      AT_MOST = 200

      # What it is made of is installed where it is not, from bench/node/package-lock.json.
      def self.prepare
        abort "bin/bench: node is not installed; it plays the pages" unless system("node", "--version", out: File::NULL, err: File::NULL)
        return if File.directory?("#{NODE}/node_modules/ws")

        system("npm", "ci", "--no-audit", "--no-fund", "--prefix", NODE, out: :err) or abort "bin/bench: npm ci --prefix bench/node failed"
      end

      # @param kind [Symbol] see bench/node/pages.mjs
      # @param server [Server]
      # @param patience [Integer] seconds until it is given up that all lists agree
      # @param quiet [Integer, nil] the same, of seconds in which nothing comes in
      def initialize(kind, server, number:, patience:, quiet: nil)
        options = { kind:, address: server.address, number:, at_most: AT_MOST, patience:, quiet: }
        @node = IO.popen(["node", "--max-old-space-size=4096", "crowd.mjs", JSON.generate(options)], "r+", chdir: NODE)
      end

      # @return [Hash{Symbol => Object}] once all lists agree, or patience is over
      def arrive = answer

      # @return [Hash{Symbol => Integer}] messages and bytes that came in so many seconds
      def stay(seconds)
        @node.puts("stay #{seconds}")
        answer
      end

      def leave
        @node.puts("end")
        @node.close
      rescue Errno::EPIPE
        nil # it has ended
      end

      private

      def answer
        JSON.parse(@node.gets || abort("the crowd's process ended: too little memory, or too few files (ulimit -n)?"), symbolize_names: true)
      end
    end
  end
end
