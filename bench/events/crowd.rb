# frozen_string_literal: true

require "json"

module Bench
  module Events
    # A thousand pages, in a Node process: Ruby would be busy with its own clients.
    class Crowd
      NODE = File.expand_path("../node", __dir__)

      # What it is made of is installed where it is not, from bench/node/package-lock.json.
      def self.prepare
        abort "bin/bench: node is not installed; it plays the pages" unless system("node", "--version", out: File::NULL, err: File::NULL)
        return if File.directory?("#{NODE}/node_modules/ws")

        system("npm", "ci", "--no-audit", "--no-fund", "--prefix", NODE, out: :err) or abort "bin/bench: npm ci --prefix bench/node failed"
      end

      # @return [Hash] how many pages are there, of how many processes
      attr_reader :arrival

      # @param kind [Symbol] see bench/node/talkers.mjs
      # @param servers [Array<Server>]
      def initialize(kind, servers, number:)
        options = { kind:, addresses: servers.map(&:address), number: }
        @node = IO.popen(["node", "talk.mjs", JSON.generate(options)], "r+", chdir: NODE)
        @arrival = answer
      end

      # @return [Hash] what came of it
      def talk(rate:, seconds:, comers: 0)
        @node.puts(JSON.generate({ talk: { rate:, seconds:, comers: } }))
        answer
      end

      def leave
        @node.puts(JSON.generate({ end: true }))
        @node.close
      rescue Errno::EPIPE
        nil # it has ended
      end

      private

      def answer
        found = JSON.parse(@node.gets || abort("the crowd's process ended: too few files (ulimit -n)?"), symbolize_names: true)
        found[:failed] ? abort("the crowd could not be let in: #{found[:failed]}") : found
      end
    end
  end
end
