# frozen_string_literal: true

require "socket"
require_relative "worker"
require_relative "host"
require_relative "../events/server"
require_relative "../../spec/support/cable_client"

module Bench
  module Shared
    # How long it takes from a join in one process until others have it.
    module Delay
      # Longer than the window that follows a diff, so that none waits for it.
      APART = 0.15
      # So many joins between two heartbeats of the page.
      BEAT = 50
      CHANNEL = "PresenceChannel"

      module_function

      # @return [Hash] ms: to a `subscribe` block of another process; to the client of an Action Cable socket of another process
      def run(directory, joins:)
        { subscribe: subscribe(directory, joins), socket: socket("#{directory}/socket", joins) }
      end

      def subscribe(directory, joins)
        server = UNIXServer.new("#{directory}/heard")
        listener = Worker.new { Host.new("#{directory}/subscribe") }
        listener.ask("boot")
        listener.ask("listen", "#{directory}/heard")
        heard = server.accept
        registry = PresenceRs::Registry.new(store: [:shared, { path: "#{directory}/subscribe" }])
        summary(Array.new(joins) do |n|
          sleep 0.005
          started = Measure.wall
          registry["room:#{n}"].join("ada")
          (heard.read(8).unpack1("Q") - started) / 1e6
        end)
      ensure
        listener&.stop
        registry&.close
      end

      # Two workers of Puma with the async adapter, of which one has the socket; the join comes from here.
      def socket(path, joins)
        server = Events::Server.rails(store: [:shared, { path: }], workers: 2)
        registry = PresenceRs::Registry.new(store: [:shared, { path:, app: "EventsApp" }], ttl: 3_600, heartbeat: 15)
        page = CableClient.new(server.address[/\d+\z/].to_i, path: "/cable?user=page")
        page.wait_for { |message| message["type"] == "welcome" }
        page.subscribe(CHANNEL)
        page.wait_for { |message| message.dig("message", "type") == "presence_state" }
        started = Array.new(joins) do |n|
          sleep APART
          # A page that says nothing for its ttl is told nothing.
          page.perform("presence_heartbeat", {}, channel: CHANNEL) if (n % BEAT).zero?
          Process.clock_gettime(Process::CLOCK_MONOTONIC).tap { registry["events"].join("ada-#{n}") }
        end
        seen = arrivals(page, joins)
        summary(started.each_with_index.map { |at, n| (seen.fetch("ada-#{n}") - at) * 1_000 })
      ensure
        page&.close
        registry&.close
        server&.stop
      end

      # @return [Hash{String => Float}] when each of them was seen
      def arrivals(page, joins)
        page.wait_for { |message| message.dig("message", "joins").to_a.any? { |join| join["id"] == "ada-#{joins - 1}" } }
        page.arrivals(CHANNEL).each_with_object({}) do |(message, at), seen|
          message.to_h["joins"].to_a.each { |join| seen[join["id"]] ||= at }
        end
      end

      def summary(times)
        sorted = times.sort
        last = sorted[(sorted.size * 0.99).ceil - 1]
        { joins: sorted.size, median: Measure.median(sorted).round(2), "99 %": last.round(2), most: sorted.last.round(2) }
      end
    end
  end
end
