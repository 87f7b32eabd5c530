# frozen_string_literal: true

require "action_cable"
require "action_cable/channel/test_case"
require "presence_rs"

# Channels on a registry whose clock the example moves, with the connection that Rails gives to channel tests.
module ChannelSupport
  def self.included(group)
    super
    # Those with a clock of their own have threads, which would go on through what comes after.
    group.after { @registries&.each(&:close) } if group.is_a?(Class) # or another module of helpers
  end

  # What a client would see and do.
  class Client
    attr_reader :connection, :channel

    def initialize(channel_class, connection, identifier, params)
      @connection = connection
      @channel = channel_class.new(connection, identifier, params.with_indifferent_access)
      @channel.singleton_class.include(ActionCable::Channel::ChannelStub)
      @seen = 0
    end

    def subscribe
      channel.subscribe_to_channel
      self
    end

    def unsubscribe
      channel.unsubscribe_from_channel
    end

    def perform(action, data = {})
      channel.perform_action(JSON.parse(JSON.generate(data)).merge("action" => action.to_s))
    end

    def messages
      connection.transmissions.filter_map { |transmission| transmission["message"] }
    end

    # Those since the last call.
    def fresh
      messages.drop(@seen).tap { |found| @seen += found.size }
    end

    def types
      fresh.map { |message| message["type"].delete_prefix("presence_") }
    end

    def resume
      messages.reverse.find { |message| message["type"] == "presence_session" }["resume"]
    end

    # What a page shows that applies every message as the protocol says; raises where one does not fit.
    def page
      messages.each_with_object(Page.new) { |message, page| page.take(message) }
    end
  end

  # A page's list, kept by states and diffs alone.
  class Page
    attr_reader :epoch, :version, :members

    def initialize
      @epoch = nil
      @version = 0
      @members = {}
    end

    def take(message)
      case message["type"]
      when "presence_state" then reset(message)
      when "presence_diff" then apply(message)
      when "presence_ack" then check(message)
      end
    end

    def ids
      members.keys.sort
    end

    private

    def reset(state)
      raise "a state went back from #{@version}: #{state}" if same?(state) && state["version"] < @version

      position(state)
      @members = state["members"].to_h { |member| [member["id"], member] }
    end

    def apply(diff)
      begins = diff["from"].zero?
      raise "a gap: at #{@epoch} #{@version}, got #{diff}" unless begins || (same?(diff) && diff["from"] <= @version)
      raise "known already: at #{@epoch} #{@version}, got #{diff}" if same?(diff) && diff["version"] <= @version

      @members = {} unless same?(diff)
      position(diff)
      (diff["joins"] + diff["updates"]).each { |member| @members[member["id"]] = member }
      diff["leaves"].each { |member| @members.delete(member["id"]) }
      raise "the list has #{@members.keys}, got #{diff}" if @members.size != diff["count"]
    end

    def same?(message)
      message["epoch"] == @epoch
    end

    def position(message)
      @epoch, @version = message.values_at("epoch", "version")
    end

    def check(ack)
      return if ack.values_at("epoch", "version", "count") == [@epoch, @version, @members.size]

      raise "at #{@epoch} #{@version} with #{@members.size}, got #{ack}"
    end
  end

  def clock
    @clock ||= PresenceRs::ManualClock.new
  end

  def registry
    @registry ||= registry_with
  end

  # The registry of the process, for this example.
  def registry_with(**settings)
    @registry = PresenceRs::Registry.new(ttl: 30, coalesce: 0, clock: clock, **settings)
    (@registries ||= []) << @registry
    allow(PresenceRs).to receive(:registry).and_return(@registry)
    @registry
  end

  def hub
    registry.hub
  end

  # Runs the block in one moment of the system's clock: a machine that is busy could let the second pass that a bound is
  # about. Nothing may be waited for in it.
  def at_once
    moment = Waiting.now
    allow(Process).to receive(:clock_gettime).and_call_original
    allow(Process).to receive(:clock_gettime).with(Process::CLOCK_MONOTONIC).and_return(moment)
    yield
  ensure
    allow(Process).to receive(:clock_gettime).with(Process::CLOCK_MONOTONIC).and_call_original
  end

  def room
    registry["lobby"]
  end

  def channel_class(parent = ActionCable::Channel::Base, &body)
    Class.new(parent) do
      include PresenceRs::Channel

      def self.name
        "RoomChannel"
      end

      class_exec(&body) if body
    end
  end

  # Tracks whoever is connected in "lobby".
  def room_channel
    @room_channel ||= channel_class do
      define_method(:subscribed) do
        track_presence(params[:topic] || "lobby", as: current_user, meta: { name: current_user }, permit: [:typing])
      end
    end
  end

  def watch_channel
    @watch_channel ||= channel_class { define_method(:subscribed) { observe_presence("lobby") } }
  end

  def connect(user = nil)
    ActionCable::Channel::ConnectionStub.new(current_user: user)
  end

  def client(channel = room_channel, user: nil, connection: connect(user), identifier: "room", **params)
    registry
    Client.new(channel, connection, identifier, params)
  end

  def subscribe(user = nil, channel: room_channel, **rest)
    client(channel, user: user, **rest).subscribe
  end

  def watch(**rest)
    subscribe(nil, channel: watch_channel, **rest)
  end

  def tick
    registry.tick
  end

  def pass(seconds)
    clock.advance(seconds)
    tick
  end
end
