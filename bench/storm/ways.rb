# frozen_string_literal: true

require_relative "crowd"
require_relative "server"

module Bench
  module Storm
    # The ways to tell everybody who is there, each on a server of its own that is new.
    module Ways
      # Seconds until it is given up that all lists agree.
      PATIENCE = { floor: 60, presence: 60, stock: 120, socketio: 600 }.freeze
      # Nothing repairs a list that a broadcast has missed.
      QUIET = { stock: 5 }.freeze
      # The Node service sends n² / 2 lists of n / 2 members: at 3,000 that would be half a terabyte.
      MOST = { socketio: 1_000, stock: 1_000 }.freeze
      NAMES = {
        floor: "connect and subscribe, no more (the floor)", presence: "presence_rs", stock: "Action Cable, a broadcast a join",
        socketio: "Node service on socket.io, whole list a connect"
      }.freeze

      # As long as there is room for in a picture.
      SHORT = { presence: "presence_rs", stock: "Action Cable, by hand", socketio: "Node service on socket.io" }.freeze

      module_function

      # @param ways [Array<Symbol>]
      # @return [Hash{Symbol => Hash}]
      def run(number, ways, store:)
        ways.to_h do |way|
          next [way, { left_out: "not at #{number}: what it sends grows with the cube, or with the square" }] if number > MOST.fetch(way, number)

          warn "  #{number} #{way} …"
          [way, measure(way, number, store)]
        end
      end

      def measure(way, number, store)
        server = way == :socketio ? Server.node : Server.rails(store:)
        before = server.cpu
        crowd = Crowd.new(way, server, number:, patience: PATIENCE.fetch(way), quiet: QUIET[way])
        found = crowd.arrive
        found.except(:kind, :number).merge(cpu_s: (server.cpu - before).round(2), server_mb: server.memory)
      ensure
        crowd&.leave
        server&.stop
      end
    end
  end
end
