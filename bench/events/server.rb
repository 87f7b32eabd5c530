# frozen_string_literal: true

require "json"
require_relative "../support/web_server"

module Bench
  module Events
    # The servers whose pages talk to each other.
    module Server
      module_function

      # Puma with Action Cable.
      # @param store [Symbol, Array] of presence
      # @param workers [Integer] 0: one process
      # @return [WebServer]
      def rails(store: :memory, workers: 0)
        WebServer.puma("#{__dir__}/app", { "EVENTS_STORE" => JSON.generate(Array(store)) }, workers:)
      end

      # The Node service on socket.io.
      # @return [WebServer]
      def node = WebServer.node("cheers.mjs")
    end
  end
end
