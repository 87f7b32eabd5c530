# frozen_string_literal: true

require_relative "../support/web_server"

module Bench
  module Storm
    # The servers that a crowd is let into.
    module Server
      module_function

      # Puma with Action Cable, one process.
      # @param store [Symbol] of presence
      # @return [WebServer]
      def rails(store:) = WebServer.puma("#{__dir__}/app", { "STORM_STORE" => store.to_s })

      # The Node service on socket.io.
      # @return [WebServer]
      def node = WebServer.node("online_users.mjs")
    end
  end
end
