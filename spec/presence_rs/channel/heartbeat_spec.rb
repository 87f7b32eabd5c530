# frozen_string_literal: true

require "spec_helper"
require_relative "support"

RSpec.describe PresenceRs::Channel, "#presence_heartbeat" do
  include ChannelSupport

  def beat(client)
    client.perform(:presence_heartbeat)
  end

  it "keeps the session alive" do
    ada = subscribe("ada")
    4.times do
      pass(29)
      beat(ada)
    end
    expect(room.online?("ada")).to be(true)
  end

  it "is answered with what was last sent to that socket, and its count" do
    ada = subscribe("ada")
    bob = subscribe("bob")
    beat(ada)
    expect(ada.fresh.last).to include("type" => "presence_ack", "count" => 2, "version" => bob.messages.last["version"])
    # Not published yet, so not sent yet.
    room.join("eve")
    beat(ada)
    expect(ada.fresh).to match([include("type" => "presence_ack", "count" => 2)])
    tick
    beat(ada)
    expect(ada.fresh.map { |message| message.values_at("type", "count") })
      .to eq([["presence_diff", 3], ["presence_ack", 3]])
    ada.page
  end

  it "is answered to one who watches an empty topic" do
    watcher = watch
    beat(watcher)
    expect(watcher.fresh.last)
      .to eq("type" => "presence_ack", "topic" => "lobby", "epoch" => "", "version" => 0, "count" => 0)
  end

  it "goes on through the end of an epoch and the beginning of the next" do
    watcher = watch
    ada = subscribe("ada")
    tick
    ada.unsubscribe
    pass(16)
    beat(watcher)
    expect(watcher.page.ids).to be_empty
    pass(20)
    beat(watcher)
    subscribe("bob")
    tick
    beat(watcher)
    expect(watcher.types).to eq(%w[state diff diff ack ack diff ack])
    expect(watcher.page.ids).to eq(["bob"])
  end

  describe "after the ttl" do
    it "brings an expired session back, with its meta, and sends a state" do
      watcher = watch
      ada = subscribe("ada")
      ada.perform(:presence_update, meta: { typing: true })
      beat(watcher)
      pass(29)
      beat(watcher)
      pass(1)
      expect(room.online?("ada")).to be(false)
      ada.fresh
      beat(ada)
      tick
      expect(room.member("ada").metas).to eq([{ "name" => "ada", "typing" => true }])
      expect(ada.types).to eq(["state"])
      expect([ada.page.ids, watcher.page.ids]).to all(eq(["ada"]))
    end

    it "nothing is sent to one who is silent, until it speaks" do
      watcher = watch
      watcher.fresh
      pass(29.9)
      subscribe("ada")
      tick
      expect(watcher.types).to eq(["diff"])
      pass(0.1)
      subscribe("bob")
      tick
      expect(watcher.types).to be_empty
      expect(hub.size).to eq(2)
      beat(watcher)
      expect(watcher.types).to eq(["state"])
      expect(watcher.page.ids).to eq(%w[ada bob])
    end

    it "is measured by the session's own ttl" do
      channel = channel_class { def subscribed = track_presence("lobby", as: current_user, ttl: 300) }
      ada = subscribe("ada", channel: channel)
      pass(299)
      subscribe("bob")
      tick
      expect(ada.page.ids).to eq(%w[ada bob])
    end
  end

  describe "a thousand at once" do
    it "keep alive, and are answered ten times a second at most" do
      ada = subscribe("ada")
      ada.fresh
      1_000.times { beat(ada) }
      expect(ada.types).to eq(["ack"] * 10)
      clock.advance(0.999)
      beat(ada)
      expect(ada.types).to be_empty
      clock.advance(0.001)
      beat(ada)
      expect(ada.types).to eq(["ack"])
    end

    it "keep alive even when they are not answered" do
      channel = channel_class { def subscribed = track_presence("lobby", as: current_user, ttl: 0.5) }
      ada = subscribe("ada", channel: channel)
      11.times { beat(ada) }
      clock.advance(0.4)
      beat(ada)
      clock.advance(0.4)
      expect(room.online?("ada")).to be(true)
    end

    it "leave nothing behind" do
      ada = subscribe("ada")
      1_000.times { beat(ada) }
      ada.unsubscribe
      expect([hub.size, hub.topics, hub.roll.size]).to eq([0, [], 0])
    end

    it "of one who may not join tell it so ten times a second at most" do
      registry_with(max_members_per_topic: 1)
      subscribe("bob")
      ada = subscribe("ada")
      ada.fresh
      1_000.times { beat(ada) }
      expect(ada.types.tally["error"]).to be <= 10
    end
  end

  it "writes nothing into the log above debug, and broadcasts nothing" do
    log = StringIO.new
    logger = ActiveSupport::TaggedLogging.new(Logger.new(log, level: Logger::INFO))
    ada = client(user: "ada")
    allow(ada.connection).to receive(:logger).and_return(logger)
    allow(ActionCable.server).to receive(:broadcast)
    ada.subscribe
    beat(ada)
    ada.perform(:presence_sync)
    ada.perform(:presence_update, meta: { typing: true })
    expect(log.string).to be_empty
    expect(ActionCable.server).not_to have_received(:broadcast)
  end
end
