# frozen_string_literal: true

require "spec_helper"
require_relative "../channel/support"
require_relative "../channel/server"

RSpec.describe PresenceRs::Hub::Wire::Heartbeats do
  include ChannelSupport

  let(:server) { CableServer.new }
  let(:clients) { [] }
  let(:settings) { {} }
  # The messages that went over Action Cable's pool, and those that were worked off there.
  let(:pooled) { [] }
  let(:done) { [] }

  before do
    registry_with(clock: nil, coalesce: 0, **settings)
    stub_const("RoomChannel", room_channel)
  end

  after do
    clients.each(&:close)
    server.stop
    registry.close
  end

  def join(user = "ada")
    client = server.connect(user).tap { |made| clients << made }
    client.subscribe
    client.wait_for { |message| message.dig("message", "type") == "presence_state" }
    allow(server.connection_of(user)).to receive(:dispatch_websocket_message).and_wrap_original do |original, message|
      pooled << message
      original.call(message).tap { done << message }
    end
    client
  end

  def types(client)
    client.received.map { |message| message["type"].delete_prefix("presence_") }
  end

  def beat(client, type = "presence_ack", **data)
    client.perform("presence_heartbeat", data)
    client.wait_for { |message| message.dig("message", "type") == type }
  end

  it "are answered where they come in" do
    ada = join
    expect(beat(ada)["message"]).to include("topic" => "lobby", "version" => 1, "count" => 1)
    expect(pooled).to eq([])
  end

  describe "of a short life" do
    let(:settings) { { ttl: 0.5, sweep_interval: 0.05 } }

    it "keep alive, and bring back who has expired, which takes the long way" do
      ada = join
      wait_until("its end") { room.count.zero? }
      before = room.last_seen_at("ada")
      ada.perform("presence_heartbeat")
      # Not until she is online: that she is for half a second only. Nor until a state comes: where her end was not told
      # yet, an ack does.
      wait_until("its return") { room.last_seen_at("ada") > before }
      expect(pooled.size).to eq(1)
      wait_until("a heartbeat on the short way") do
        ada.perform("presence_heartbeat")
        types(ada).include?("ack")
      end
      seen = registry["lobby"].last_seen_at("ada")
      wait_until("three lives of heartbeats") do
        ada.perform("presence_heartbeat")
        room.online?("ada") && room.last_seen_at("ada") - seen > 1.5
      end
    end
  end

  describe "after a goodbye" do
    let(:settings) { { linger: 60 } }

    it "revive nobody" do
      ada = join
      ada.perform("presence_leave")
      wait_until { hub.roll.size.zero? }
      ada.perform("presence_heartbeat")
      wait_until("the long way") { done.size == 2 }
      expect(room.member("ada").sessions).to eq(0)
    end
  end

  it "are answered ten times a second, and keep alive beyond" do
    ada = join
    started = Waiting.now
    200.times { ada.perform("presence_heartbeat") }
    ada.perform("presence_update", { meta: { typing: "last" } })
    wait_until { room.member("ada").metas.first["typing"] == "last" }
    expect(types(ada).count("ack")).to be <= 10 * ((Waiting.now - started).ceil + 1)
    expect(pooled.size).to eq(1)
  end

  it "are an app's own where its channel says what they do" do
    heard = []
    stub_const("RoomChannel", channel_class(room_channel) do
      define_method(:presence_heartbeat) { |data| heard << data["action"] && super(data) }
    end)
    ada = join
    beat(ada)
    expect([heard.size, pooled.size]).to eq([1, 1])
  end

  it "take the long way where the app's connection wraps commands" do
    wrapped = []
    callback = ->(_connection, block) { wrapped << 1 && block.call }
    CableServer::Connection.around_command(&callback)
    ada = join
    beat(ada)
    expect([wrapped.size, pooled.size]).to eq([2, 1])
  ensure
    CableServer::Connection.reset_callbacks(:command)
  end

  it "leave what is no heartbeat to Action Cable" do
    ada = join
    ["presence_heartbeat", "[\"presence_heartbeat\"]", "{\"command\":\"message\",\"presence_heartbeat\":1}"].each do |text|
      ada.send(:write, text)
    end
    ada.command("message", "no such presence_heartbeat", data: JSON.generate({ action: "presence_heartbeat" }))
    ada.perform("presence_update", { meta: { typing: "presence_heartbeat" } })
    wait_until { room.member("ada").metas.first["typing"] == "presence_heartbeat" }
    wait_until("each of them") { pooled.size == 5 }
  end
end
