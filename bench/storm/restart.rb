# frozen_string_literal: true

require_relative "../support/node"
require_relative "server"

module Bench
  module Storm
    # Pages whose server is killed and started again: how they come back.
    module Restart
      # Seconds until it is given up that all lists are right.
      PATIENCE = 90
      # Seconds that the pages are spread over at least; part of them that come back in one second, and that ask for a state.
      LIMITS = { span: 2, busiest: 0.5, asked: 0.1 }.freeze
      # So few may well come together by chance.
      FEWEST = 50
      HEAD = ["pages", "back within", "most in a second", "all right after", "asked for a state", "most by a page", "states sent",
              "states made"].freeze

      module_function

      # @return [Hash{Symbol => Object}]
      def run(number, store:)
        unless File.directory?("#{Node::DIRECTORY}/../../node_modules/@rails/actioncable")
          abort "bin/bench: the stock client is not installed; npm ci in the project's directory does it"
        end

        server = Server.rails(store:)
        node = Node.new("returners.mjs", { address: server.address, number:, patience: PATIENCE })
        node.answer
        node.tell("restart")
        server.restart
        node.answer
      ensure
        node&.end_with("end")
        server&.stop
      end

      # @param runs [Hash{Integer => Hash}] by the number of pages
      # @return [Array<String>] where they fall short
      def short(runs) = runs.flat_map { |number, found| at(number, found) }

      def at(number, found)
        return ["at #{number} not all came back: #{found[:back]} did, #{found[:wrong]} lists are wrong"] unless found[:complete]
        return [] if number < FEWEST

        [("#{number} pages come back within #{seconds(found[:span_ms])}" if found[:span_ms] < LIMITS[:span] * 1_000),
         ("#{found[:busiest]} of #{number} pages come back in one second" if found[:busiest] > number * LIMITS[:busiest]),
         ("#{found[:asked]} of #{number} pages ask for a state" if found[:asked] > number * LIMITS[:asked])].compact
      end

      # @param runs [Hash{Integer => Hash}] by the number of pages
      # @return [String] Markdown
      def table(runs)
        Report.table(HEAD, runs.map do |number, it|
          [number, seconds(it[:span_ms]), it[:busiest], seconds(it[:right_ms]), it[:asked], it[:most_syncs], it[:states], it[:made]].map(&:to_s)
        end)
      end

      def seconds(milliseconds) = milliseconds ? "#{(milliseconds / 1e3).round(2)} s" : "never"
    end
  end
end
