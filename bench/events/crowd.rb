# frozen_string_literal: true

require_relative "../support/node"

module Bench
  module Events
    # A thousand pages.
    class Crowd
      # @return [Hash] how many pages are there, of how many processes
      attr_reader :arrival

      # @param kind [Symbol] see bench/node/talkers.mjs
      # @param servers [Array<WebServer>]
      def initialize(kind, servers, number:)
        @node = Node.new("talk.mjs", { kind:, addresses: servers.map(&:address), number: })
        @arrival = @node.answer
      end

      # @return [Hash] what came of it
      def talk(rate:, seconds:, comers: 0)
        @node.tell(JSON.generate({ talk: { rate:, seconds:, comers: } }))
        @node.answer
      end

      def leave = @node.end_with(JSON.generate({ end: true }))
    end
  end
end
