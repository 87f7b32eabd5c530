# frozen_string_literal: true

require "presence_rs/hub"

# Pages of a process without a cable: a seat of the hub, and a socket that keeps what it is sent.
module EventPages
  # Stands for a WebSocket; `backlog` is what its client has not read.
  class Socket
    attr_reader :sent
    attr_accessor :backlog, :open

    def initialize
      @sent = []
      @backlog = 0
      @open = true
    end

    def transmit(message)
      @open && @sent << message.data
    end

    def alive? = @open
    def backlog_bytes = 0
  end

  # Somebody who may cheer, or, without a member, one who watches.
  class Page
    attr_reader :seat, :socket

    def initialize(registry, member, topic)
      @socket = Socket.new
      @seat = PresenceRs::Hub::Seat.new(registry.hub, registry[topic], @socket, PresenceRs::Hub::Notices.new(@socket))
      @seat.track(member, PresenceRs::Hub::SessionMeta.new({}, [], registry.config.max_meta_bytes), nil, ["cheer"]) if member
      @seat.start
    end

    def emit(event, data, **rest) = @seat.emit({ "event" => event, "data" => data }.merge(rest.transform_keys(&:to_s)))

    def events = @socket.sent.select { |message| message["type"] == "presence_event" }

    # The events' names, each with its number.
    def heard = events.map { |event| [event["event"], event["data"]["n"]] }

    # Whom diffs have shown to come.
    def comers = @socket.sent.flat_map { |message| message["type"] == "presence_diff" ? message["joins"].map { |it| it["id"] } : [] }

    def errors = @socket.sent.filter_map { |message| message["code"] }

    # The public name of its session.
    def name = @socket.sent.find { |message| message["type"] == "presence_session" }["session"]
  end

  def come(registry, member, topic: "room:1") = Page.new(registry, member, topic)
end
