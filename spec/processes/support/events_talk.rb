# frozen_string_literal: true

require "json"

# Pages of an application of many processes that talk to each other, for spec/processes/events_spec.rb.
module EventsTalk
  # A page: a socket, the process that it is connected to, and what it has heard.
  class Page
    attr_reader :id, :cable, :pid, :name

    def initialize(port, id)
      @id = id
      @cable = CableClient.new(port, path: "/cable?as=#{id}")
      @cable.subscribe(room: "room")
      @pid = @cable.wait_for(60) { |message| message.dig("message", "pid") if message["message"].is_a?(Hash) }.dig("message", "pid")
      beat_until_present
      @name = of("presence_session").last["session"]
      @seq = 0
    end

    def emit(event, data = {}, **rest)
      perform("presence_emit", event:, data:, seq: @seq += 1, **rest)
    end

    def perform(action, data) = @cable.perform(action, data, room: "room")

    def of(type) = @cable.received(room: "room").select { |message| message["type"] == type }

    # What it has heard: the sender, the event, the data.
    def heard = of("presence_event").map { |event| [event["from"]["id"], event["event"], event["data"]] }

    # The numbers of one sender's events, in order.
    def numbers(sender) = heard.filter_map { |from, _, data| data["n"] if from == sender }

    # Seconds from when each event was emitted until it was here, by the clock that all processes of a machine share.
    def delays
      @cable.arrivals(room: "room").filter_map { |message, at| at - message["data"]["at"] if message&.dig("data", "at") }
    end

    def errors = of("presence_error").map { |error| error["code"] }
    # Why events of that name were not sent.
    def refused(event) = of("presence_error").filter_map { |error| error["code"] if error["event"] == event }

    def close = @cable.close

    private

    # Where the store could not be asked just now, heartbeats try again.
    def beat_until_present
      60.times do
        return @cable.wait_for(1) { |message| message["message"].is_a?(Hash) && message["message"]["type"] == "presence_state" }
      rescue RuntimeError => e
        @last = e
        perform("presence_heartbeat", {})
      end
      raise @last
    end
  end

  module_function

  # Pages in different processes.
  def apart(ports, ids)
    pages = []
    ids.each do |id|
      200.times do |n|
        page = Page.new(ports[(pages.size + n) % ports.size], id)
        break pages << page if pages.none? { |other| other.pid == page.pid }

        page.close
      end
    end
    raise "only #{pages.map(&:pid)} answer" if pages.size < ids.size

    pages
  end

  # A page in the process of another one.
  def beside(other, ports, id)
    200.times do |n|
      page = Page.new(ports[n % ports.size], id)
      return page if page.pid == other.pid

      page.close
    end
    raise "#{other.pid} does not answer any more"
  end

  # @return [String] such as "0.9 ms, 3.2 ms"
  def summary(delays)
    sorted = delays.sort
    [0.5, 0.99].map { |part| format("%.1f ms", sorted[((sorted.size - 1) * part).round] * 1000) }.join(", ")
  end
end
