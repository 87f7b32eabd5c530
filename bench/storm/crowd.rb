# frozen_string_literal: true

require_relative "../support/node"

module Bench
  module Storm
    # Thousands of pages.
    class Crowd
      # Connections under way at a time.
      AT_MOST = 200

      # @param kind [Symbol] see bench/node/pages.mjs
      # @param server [WebServer]
      # @param patience [Integer] seconds until it is given up that all lists agree
      # @param quiet [Integer, nil] the same, of seconds in which nothing comes in
      def initialize(kind, server, number:, patience:, quiet: nil)
        @node = Node.new("crowd.mjs", { kind:, address: server.address, number:, at_most: AT_MOST, patience:, quiet: })
      end

      # @return [Hash{Symbol => Object}] once all lists agree, or patience is over
      def arrive = @node.answer

      # @return [Hash{Symbol => Integer}] messages and bytes that came in so many seconds
      def stay(seconds)
        @node.tell("stay #{seconds}")
        @node.answer
      end

      def leave = @node.end_with("end")
    end
  end
end
