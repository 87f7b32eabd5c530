# frozen_string_literal: true

require "spec_helper"
require_relative "support"
require_relative "server"

# Real sockets through Puma and Action Cable: order, floods, clients that go in the middle or do not read.
RSpec.describe PresenceRs::Channel, "over real sockets" do
  include ChannelSupport

  let(:server) { CableServer.new }
  let(:clients) { [] }

  before do
    registry_with(clock: nil, coalesce: 0.01, max_coalesce: 0.02, grace: 0.2, linger: 0.1, sweep_interval: 0.05)
    stub_const("RoomChannel", room_channel)
    stub_const("WatchChannel", watch_channel)
  end

  after do
    clients.each(&:close)
    server.stop
    registry.close
  end

  def connect(user = nil, **options)
    server.connect(user, **options).tap { |client| clients << client }
  end

  # A client that is subscribed, and has its state.
  def join(user, channel: "RoomChannel", **params)
    client = connect(user)
    client.subscribe(channel, **params)
    client.wait_for { |message| message.dig("message", "type") == "presence_state" }
    client
  end

  def types(client, channel = "RoomChannel")
    client.received(channel).map { |message| message["type"].delete_prefix("presence_") }
  end

  def page_of(client, channel = "RoomChannel")
    client.received(channel).each_with_object(ChannelSupport::Page.new) { |message, page| page.take(message) }
  end

  def everyone_gone
    wait_until(-> { "all gone, but #{room.ids} #{hub.size} #{hub.roll.size}" }) do
      room.count.zero? && hub.size.zero? && hub.roll.size.zero?
    end
  end

  it "shows who comes, changes and goes" do
    ada = join("ada")
    bob = join("bob")
    wait_until { page_of(ada).ids == %w[ada bob] }
    bob.perform("presence_update", { meta: { typing: true } })
    wait_until { page_of(ada).members["bob"]["metas"] == [{ "name" => "bob", "typing" => true }] }
    bob.close
    wait_until { page_of(ada).ids == ["ada"] }
    expect(ada.messages.map { |message| message["type"] || message["message"]["type"] }.first(4))
      .to eq(%w[welcome confirm_subscription presence_session presence_state])
  end

  it "writes finished frames, past what Action Cable does to each message" do
    ada = join("ada")
    connection = server.connection_of("ada")
    passed = []
    allow(connection).to receive(:transmit).and_wrap_original do |transmit, message|
      passed << message[:type]
      transmit.call(message)
    end
    room.join("bob")
    wait_until { page_of(ada).ids == %w[ada bob] }
    expect(passed - ["ping"]).to be_empty
  end

  it "crosses nothing of Action Cable's pub/sub" do
    allow(ActionCable::SubscriptionAdapter::Async).to receive(:new).and_call_original
    ada = join("ada")
    expect(server.cable.pubsub).not_to receive(:broadcast)
    join("bob")
    wait_until { page_of(ada).ids == %w[ada bob] }
  end

  it "tells an invalid name, then rejects" do
    ada = connect("ada")
    ada.subscribe(topic: "x" * 256)
    ada.wait_for { |message| message["type"] == "reject_subscription" }
    expect(types(connect).size).to eq(0)
    sent = ada.messages.map { |message| message["type"] || message["message"]["code"] }
    expect(sent).to eq(%w[welcome invalid_name reject_subscription])
    expect(hub.size).to eq(0)
  end

  it "keeps each socket's messages in version order, whoever asks for what meanwhile" do
    watchers = Array.new(4) { join(nil, channel: "WatchChannel") }
    room_clients = Array.new(3) { |number| join("client #{number}") }
    300.times do |round|
      room.join("member #{round % 7}", meta: { round: round })
      room.leave("member #{(round + 3) % 7}")
      room_clients.sample.perform("presence_update", { meta: { typing: round }, seq: round })
      watchers.sample.perform("presence_sync", {}, channel: "WatchChannel")
      watchers.sample.perform("presence_heartbeat", {}, channel: "WatchChannel")
      Thread.pass
    end
    position = -> { registry.position("lobby").first(2) }
    watchers.each do |watcher|
      wait_until("the last diff") do
        page = page_of(watcher, "WatchChannel")
        position.call == [page.epoch, page.version] && page.ids == room.ids.sort
      end
    end
  end

  it "gains nothing from a client that calls subscribed, or actions that do not exist" do
    ada = join("ada")
    50.times { ada.perform("subscribed") }
    %w[unsubscribed track_presence presence_nothing initialize].each { |action| ada.perform(action) }
    ada.command("message", ada.identifier, data: "[1]")
    ada.command("message", ada.identifier, data: "null")
    ada.command("nonsense", ada.identifier)
    wait_until("an end of each") { server.log.string.scan(/Unable to process|Could not execute|Received unrecognized/).size >= 57 }
    ada.perform("presence_heartbeat")
    ada.wait_for { |message| message.dig("message", "type") == "presence_ack" }
    expect(room.member("ada").sessions).to eq(1)
    expect(hub.size).to eq(1)
  end

  it "outlives floods, answers them within bounds, and keeps nothing of them" do
    ada = join("ada")
    bob = join("bob")
    started = Waiting.now
    1_000.times { ada.perform("presence_heartbeat") }
    200.times { ada.perform("presence_sync") }
    300.times { |number| ada.perform("presence_update", { meta: { typing: number }, seq: number }) }
    200.times { ada.perform("presence_update", { meta: "x" * 5_000 }) }
    ada.perform("presence_update", { meta: { typing: "last" }, seq: 1_000 })
    wait_until("the last update", within: 60) { page_of(bob).members["ada"]["metas"].first["typing"] == "last" }
    wait_until("the first answer to each kind") { (%w[ack state error] - types(ada).drop(2)).empty? } # session and state were there
    seconds = (Waiting.now - started).ceil + 1
    answers = types(ada).tally
    expect(answers["ack"]).to be_between(1, 10 * (seconds + 1))
    expect(answers["state"]).to be_between(2, 2 + seconds)
    expect(answers["error"]).to be_between(1, 10 * (seconds + 1))
    expect(room.member("ada").sessions).to eq(1)
    [ada, bob].each(&:close)
    everyone_gone
  end

  it "joins nobody, and keeps nothing, of clients that go while they come" do
    slow = channel_class do
      def subscribed
        Thread.pass
        track_presence("lobby", as: current_user)
        Thread.pass
      end
    end
    stub_const("RoomChannel", slow)
    40.times do |number|
      client = connect("ada #{number}")
      client.subscribe
      3.times { client.perform("presence_heartbeat") }
      client.unsubscribe if number % 4 == 1
      client.perform("presence_heartbeat")
      number.even? ? client.cut : client.close
    end
    wait_until("the last connection's end") { server.all_closed? }
    everyone_gone
  end

  describe "a client that does not read" do
    # Fills the buffers between us soon.
    let(:page) { "x" * 100_000 }

    before { registry_with(clock: nil, coalesce: 0, max_meta_bytes: 200_000, max_member_bytes: 400_000) }

    # Of the last diff that came.
    def last_round(client)
      client.received.last.dig("updates", 0, "metas", 0, "round") || client.received.last.dig("joins", 0, "metas", 0, "round")
    end

    # Bytes that wait in the server for a client to read.
    def waiting_for(user)
      connection = server.cable.connections.find { |found| found.current_user == user }
      stream = connection.send(:websocket).send(:websocket).instance_variable_get(:@stream)
      queue = stream.instance_variable_get(:@write_buffer)
      frames = []
      frames << queue.pop(true) until queue.empty?
      frames.each { |frame| queue << frame }
      frames.sum(&:bytesize)
    end

    it "holds up nobody, is cut down, and gets a state when it reads again" do
      ada = join("ada")
      deaf = connect("deaf", read: false, receive_buffer: 4_096)
      deaf.subscribe
      wait_until { room.online?("deaf") && hub.size == 2 }
      rounds = 0
      # Each waits for the one who reads, so that she is not cut as well where her thread is late.
      another_round = lambda do
        room.join("loud", meta: { round: rounds += 1, text: page })
        wait_until("round #{rounds}") { last_round(ada) == rounds }
      end
      wait_until(-> { "the deaf one to be cut, after #{rounds} rounds" }, within: 120) do
        another_round.call
        hub.size == 1
      end
      expect(waiting_for("deaf")).to be <= PresenceRs::Hub::Follower::BACKLOG_BYTES + 200_000
      20.times { another_round.call }
      expect(page_of(ada).members.dig("loud", "metas", 0, "round")).to eq(rounds)

      deaf.read!
      deaf.wait_for { |message| message["type"] == "confirm_subscription" }
      # It gets one as soon as it has read nearly all.
      wait_until("a state", every: 0.2, within: 60) do
        deaf.perform("presence_heartbeat")
        types(deaf).count("state") == 2
      end
      expect(page_of(deaf).members.dig("loud", "metas", 0, "round")).to eq(rounds)
    end
  end

  it "replaces the session of a page that comes back while its first socket is still open" do
    watcher = join("bob")
    zombie = join("ada")
    closed = false
    allow(server.connection_of("ada")).to receive(:handle_close).and_wrap_original { |close| close.call.tap { closed = true } }
    token = zombie.received.first["resume"]
    wait_until { page_of(watcher).ids == %w[ada bob] }
    again = join("ada")
    again.perform("presence_sync", { resume: token })
    wait_until { types(again).count("state") == 2 }
    wait_until { room.member("ada").sessions == 1 }
    zombie.perform("presence_heartbeat")
    zombie.close
    wait_until("the end of its connection") { closed }
    room.join("later")
    wait_until { page_of(watcher).ids == %w[ada bob later] }
    leaves = watcher.received.flat_map { |message| message["leaves"].to_a }
    expect(leaves).to be_empty
    expect(room.member("ada").sessions).to eq(1)
  end

  it "frees what a restart of Action Cable leaves without unsubscribing" do
    registry_with(clock: nil, ttl: 0.6, heartbeat: 0.2, coalesce: 0.01, grace: 0.2, sweep_interval: 0.05)
    Array.new(3) { |number| join("ada #{number}") }
    server.cable.restart
    wait_until("their ttl") { room.count.zero? }
    bob = join("bob")
    wait_until("bob's alone", every: 0.05) do
      bob.perform("presence_heartbeat") # else he is soon as silent as they are
      hub.size == 1
    end
  end
end
