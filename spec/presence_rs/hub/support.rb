# frozen_string_literal: true

require "presence_rs"
require "presence_rs/hub"

# Sockets that keep what they were sent, and diffs and states that nobody published.
module HubSupport
  # Stands for a socket: `sent` is what reached its client.
  class Recorder
    attr_reader :sent
    attr_accessor :open, :backlog, :backlog_bytes

    def initialize
      @sent = []
      @open = true
      @backlog = @backlog_bytes = 0
    end

    def transmit(message)
      return false unless @open

      @sent << message.data
      true
    end

    def alive?
      @open
    end

    def log
      @sent.map { |data| [data["type"].delete_prefix("presence_").to_sym, data["epoch"], data["version"]] }
    end
  end

  # What a registry publishes.
  class Source
    attr_reader :epoch, :from, :version, :count, :to_json

    def initialize(epoch, from, version, count, to_json)
      @epoch = epoch
      @from = from
      @version = version
      @count = count
      @to_json = to_json
    end

    alias client_json to_json

    def reset?
      false
    end
  end

  def diff(epoch, from, version, count: 1)
    json = JSON.generate(type: "presence_diff", epoch: epoch, from: from, version: version, count: count)
    PresenceRs::Hub::Delivery.of_diff(Source.new(epoch, from, version, count, json))
  end

  def state(epoch, version, count: 1)
    json = JSON.generate(type: "presence_state", epoch: epoch, version: version, count: count)
    PresenceRs::Hub::Delivery.of_state(Source.new(epoch, 0, version, count, json))
  end

  def new_follower(socket, ttl: 30)
    PresenceRs::Hub::Follower.new(topic: "lobby", socket: socket, ttl: ttl, now: 0)
  end
end
