# frozen_string_literal: true

require "spec_helper"
require_relative "support"

RSpec.describe PresenceRs::Channel, "#presence_sync" do
  include ChannelSupport

  def sync(client, **data)
    client.perform(:presence_sync, data)
  end

  it "sends the list, though the client should have it" do
    ada = subscribe("ada")
    ada.fresh
    sync(ada)
    expect(ada.fresh).to match([include("type" => "presence_state", "version" => 1, "count" => 1)])
  end

  it "sends it once a second at most" do
    ada = subscribe("ada")
    ada.fresh
    1_000.times { sync(ada) }
    expect(ada.types).to eq(["state"])
    clock.advance(0.999)
    sync(ada)
    expect(ada.types).to be_empty
    clock.advance(0.001)
    sync(ada)
    expect(ada.types).to eq(["state"])
  end

  it "answers one that came too early as soon as a second is over" do
    registry_with(clock: nil)
    ada = subscribe("ada")
    at_once do
      sync(ada)
      ada.fresh
      20.times { sync(ada) }
      expect(ada.types).to be_empty
    end
    wait_until("the state") { ada.messages.size == 4 }
    expect(ada.types).to eq(["state"])
  end

  it "answers one that came too early with a later heartbeat, where time is moved by hand" do
    ada = subscribe("ada")
    2.times { sync(ada) }
    ada.fresh
    ada.perform(:presence_heartbeat)
    expect(ada.types).to be_empty
    clock.advance(1)
    ada.perform(:presence_heartbeat)
    ada.perform(:presence_heartbeat)
    expect(ada.types).to eq(%w[state ack])
  end

  describe "that says where the client is" do
    def position(client)
      client.page.then { |page| { epoch: page.epoch, version: page.version } }
    end

    it "is answered by an ack where that is what was last sent to it" do
      ada = subscribe("ada")
      ada.fresh
      sync(ada, **position(ada))
      expect(ada.fresh).to match([include("type" => "presence_ack", "version" => 1)])
      tick
      room.join("bob")
      tick
      ada.fresh
      sync(ada, **position(ada))
      expect(ada.types).to eq(["ack"])
    end

    it "is answered by a state where it is somewhere else, or says nonsense" do
      ada = subscribe("ada")
      here = position(ada)
      [{ **here, version: 0 }, { **here, epoch: "x" }, { epoch: here[:epoch] }, { version: 1 }, { epoch: {}, version: [] }].each do |there|
        clock.advance(1)
        ada.fresh
        sync(ada, **there)
        expect(ada.types).to eq(["state"]), there.inspect
      end
    end

    it "replaces the earlier session all the same" do
      earlier = subscribe("ada")
      again = subscribe("ada")
      tick
      again.fresh
      sync(again, resume: earlier.resume, **position(again))
      expect(room.member("ada").sessions).to eq(1)
      expect(again.types).to include("ack")
      expect(again.types).not_to include("state")
    end
  end

  it "is a word from the client" do
    ada = subscribe("ada")
    pass(29)
    sync(ada)
    pass(29)
    expect(room.online?("ada")).to be(true)
  end

  it "goes in version order with the diffs around it" do
    watcher = watch
    20.times do |number|
      room.join("member #{number}")
      clock.advance(1)
      sync(watcher)
      room.join("other #{number}")
      tick
    end
    expect(watcher.page.ids.size).to eq(40)
  end

  describe "with resume" do
    it "replaces the earlier session at once, and nobody sees anyone come or go" do
      watcher = watch
      ada = subscribe("ada")
      tick
      again = subscribe("ada")
      sync(again, resume: ada.resume)
      watcher.fresh
      tick
      expect(watcher.fresh).to be_empty
      expect(room.member("ada").sessions).to eq(1)
      expect(room.member("ada").metas).to eq([{ "name" => "ada" }])
    end

    it "ends the session that its socket's closing has left lingering" do
      ada = subscribe("ada")
      tick
      token = ada.resume
      ada.unsubscribe
      again = subscribe("ada")
      sync(again, resume: token)
      again.perform(:presence_leave)
      pass(3)
      expect(room.online?("ada")).to be(false)
    end

    it "ends the session that a socket of another process stands for" do
      token = "0123456789abcdef" * 2
      room.join("ada", session: token)
      again = subscribe("ada")
      sync(again, resume: token)
      expect(room.member("ada").sessions).to eq(1)
    end

    it "forgets the earlier socket, which may be open still behind a silent proxy" do
      ada = subscribe("ada")
      again = subscribe("ada")
      sync(again, resume: ada.resume)
      ada.fresh
      %i[presence_heartbeat presence_sync presence_update].each { |action| ada.perform(action, meta: { typing: true }) }
      subscribe("bob")
      tick
      expect(ada.types).to be_empty
      expect(room.member("ada").sessions).to eq(1)
      expect(hub.size).to eq(2)
      ada.unsubscribe
      pass(16)
      expect(room.online?("ada")).to be(true)
    end

    it "does not let the earlier socket come back, whatever the app does at its client's word" do
      channel = channel_class do
        def subscribed = track_presence("lobby", as: current_user)
        def come = track_presence("lobby", as: current_user)
      end
      ada = subscribe("ada", channel: channel)
      again = subscribe("ada", channel: channel)
      sync(again, resume: ada.resume)
      ada.perform(:come)
      expect(room.member("ada").sessions).to eq(1)
    end

    it "never ends a session of somebody else's" do
      ada = subscribe("ada")
      eve = subscribe("eve")
      sync(eve, resume: ada.resume)
      expect(room.ids).to eq(%w[ada eve])
      ada.perform(:presence_heartbeat)
      expect(ada.types.last).to eq("ack")
    end

    it "never ends a session on another topic" do
      ada = subscribe("ada", topic: "other")
      again = subscribe("ada")
      sync(again, resume: ada.resume)
      expect(registry["other"].online?("ada")).to be(true)
    end

    it "ends no session that a channel did not make" do
      room.join("ada")
      room.join("ada", session: "phone")
      ada = subscribe("ada")
      tokens = ["default", "phone", "", 5, nil, ["default"], { a: 1 }, "a" * 33, "#{"a" * 31}\n"]
      tokens.each { |resume| sync(ada, resume: resume) }
      expect(room.member("ada").sessions).to eq(3)
    end

    it "does not end itself" do
      ada = subscribe("ada")
      sync(ada, resume: ada.resume)
      expect(room.online?("ada")).to be(true)
    end

    it "counts once for a subscription" do
      first, second, third = Array.new(3) { subscribe("ada") }
      sync(third, resume: first.resume)
      sync(third, resume: second.resume)
      expect(room.member("ada").sessions).to eq(2)
    end

    it "finds the place that the earlier one takes, where there is no other" do
      registry_with(max_sessions_per_member: 1)
      ada = subscribe("ada")
      again = subscribe("ada")
      expect(again.types).to include("error")
      sync(again, resume: ada.resume)
      expect(room.member("ada").sessions).to eq(1)
      ada.unsubscribe
      pass(16)
      expect(room.online?("ada")).to be(true)
    end

    it "is nothing to one who watches" do
      ada = subscribe("ada")
      watcher = watch
      sync(watcher, resume: ada.resume)
      expect(room.online?("ada")).to be(true)
    end

    it "blocks nobody where two name each other" do
      20.times do |round|
        pair = Array.new(2) { subscribe("ada #{round}") }
        tokens = pair.map(&:resume).reverse
        threads = pair.zip(tokens).map { |client, token| Thread.new { sync(client, resume: token) } }
        expect(threads.map { |thread| thread.join(10) }).to all(be_a(Thread))
        expect(room.member("ada #{round}")&.sessions.to_i).to be <= 1
      end
    end
  end
end
