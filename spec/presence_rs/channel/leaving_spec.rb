# frozen_string_literal: true

require "spec_helper"
require_relative "support"

RSpec.describe PresenceRs::Channel, "leaving" do
  include ChannelSupport

  # All that a client could say to be heard.
  def words_of(client)
    client.perform(:presence_heartbeat)
    client.perform(:presence_sync)
    client.perform(:presence_update, meta: { typing: true }, seq: 1_000)
  end

  describe "with a goodbye" do
    it "keeps the place for linger" do
      ada = subscribe("ada")
      ada.perform(:presence_leave)
      pass(2.9)
      expect(room.online?("ada")).to be(true)
      expect(room.member("ada").sessions).to eq(0)
      pass(0.1)
      expect(room.online?("ada")).to be(false)
    end

    it "is not undone by a late action" do
      ada = subscribe("ada")
      ada.perform(:presence_leave)
      words_of(ada)
      expect(room.member("ada").sessions).to eq(0)
      pass(3)
      words_of(ada)
      expect(room.online?("ada")).to be(false)
    end

    it "is not prolonged by the socket that closes after it" do
      ada = subscribe("ada")
      ada.perform(:presence_leave)
      ada.unsubscribe
      pass(3)
      expect(room.online?("ada")).to be(false)
    end

    it "is no leave for others when the next page subscribes in time" do
      watcher = watch
      ada = subscribe("ada")
      tick
      watcher.fresh
      ada.perform(:presence_leave)
      ada.unsubscribe
      pass(2)
      subscribe("ada")
      pass(5)
      expect(watcher.fresh).to be_empty
    end

    it "that names its session leaves as well" do
      ada = subscribe("ada")
      ada.perform(:presence_leave, resume: ada.resume)
      expect(room.member("ada").sessions).to eq(0)
    end

    it "that comes after the next page's subscription is the first one's still" do
      first, second = Array.new(2) { subscribe("ada") }
      second.perform(:presence_leave, resume: first.resume)
      expect(room.member("ada").sessions).to eq(1)
      first.perform(:presence_heartbeat)
      expect(room.member("ada").sessions).to eq(1)
      second.unsubscribe
      pass(16)
      expect(room.online?("ada")).to be(false)
    end

    it "leaves for nobody else, on no other topic, and with no other word" do
      bob = subscribe("bob")
      elsewhere = subscribe("ada", topic: "other")
      ada = subscribe("ada")
      [bob.resume, elsewhere.resume, "0" * 22, 5, [], {}, false].each { |resume| ada.perform(:presence_leave, resume: resume) }
      expect([room.member("ada"), room.member("bob"), registry["other"].member("ada")].map(&:sessions)).to eq([1, 1, 1])
    end

    it "does nothing for one who watches" do
      watcher = watch
      watcher.perform(:presence_leave)
      watcher.fresh
      watcher.perform(:presence_heartbeat)
      expect(watcher.types).to eq(["ack"])
    end
  end

  describe "without a goodbye" do
    it "keeps the place for grace" do
      ada = subscribe("ada")
      ada.unsubscribe
      pass(14.9)
      expect(room.online?("ada")).to be(true)
      pass(0.1)
      expect(room.online?("ada")).to be(false)
    end

    it "is at once where grace is 0" do
      registry_with(grace: 0)
      subscribe("ada").unsubscribe
      expect(room.online?("ada")).to be(false)
    end

    it "is not undone by an action that runs late" do
      ada = subscribe("ada")
      ada.unsubscribe
      ada.fresh
      words_of(ada)
      expect(room.member("ada").sessions).to eq(0)
      expect(ada.fresh).to be_empty
      pass(15)
      words_of(ada)
      expect(room.online?("ada")).to be(false)
      expect([hub.size, hub.roll.size, hub.topics]).to eq([0, 0, []])
    end

    it "happens though the app's unsubscribed raises, and without super" do
      channel = channel_class do
        def subscribed = track_presence("lobby", as: current_user)
        def unsubscribed = raise("oops")
      end
      ada = subscribe("ada", channel: channel)
      expect { ada.unsubscribe }.to raise_error("oops")
      pass(15)
      expect([room.count, hub.size]).to eq([0, 0])
    end

    it "takes only its own session" do
      first, = Array.new(2) { subscribe("ada") }
      first.unsubscribe
      pass(20)
      expect(room.member("ada").sessions).to eq(1)
    end

    it "frees all that it followed, often" do
      50.times do
        ada = subscribe("ada")
        words_of(ada)
        ada.unsubscribe
      end
      expect([hub.size, hub.roll.size, hub.topics]).to eq([0, 0, []])
    end
  end

  describe "while subscribed still runs" do
    it "joins nothing when the client has gone meanwhile" do
      channel = channel_class do
        def subscribed
          params[:meanwhile].call(self)
          track_presence("lobby", as: current_user)
        end
      end
      ada = client(channel, user: "ada", meanwhile: :unsubscribe_from_channel.to_proc)
      ada.subscribe
      words_of(ada)
      expect([room.count, hub.size, hub.roll.size]).to eq([0, 0, 0])
    end

    it "joins nothing when the client goes right after track_presence" do
      channel = channel_class do
        def subscribed
          track_presence("lobby", as: current_user)
          unsubscribe_from_channel
        end
      end
      subscribe("ada", channel: channel)
      expect([room.count, hub.size, hub.roll.size]).to eq([0, 0, 0])
    end
  end

  describe "on a connection that is closed already" do
    # A connection whose socket closes without anybody unsubscribing, as when the server restarts.
    def closing_connection
      connect("ada").tap do |connection|
        websocket = Struct.new(:open) { alias_method :alive?, :open }.new(true)
        connection.define_singleton_method(:websocket) { websocket }
      end
    end

    it "joins nothing" do
      connection = closing_connection
      connection.websocket.open = false
      subscribe("ada", connection: connection)
      expect(room.count).to eq(0)
    end

    it "leaves at once what was joined while it closed" do
      connection = closing_connection
      allow(registry.store).to receive(:try_join).and_wrap_original do |join, *arguments|
        join.call(*arguments).tap { connection.websocket.open = false }
      end
      subscribe("ada", connection: connection)
      expect(room.count).to eq(0)
      expect(hub.roll.size).to eq(0)
    end

    it "revives nothing" do
      connection = closing_connection
      ada = subscribe("ada", connection: connection)
      pass(31)
      connection.websocket.open = false
      words_of(ada)
      expect(room.count).to eq(0)
    end

    it "is forgotten though nobody unsubscribes" do
      (PresenceRs::Hub::Roll::FEW + 10).times do
        connection = closing_connection
        subscribe("ada", connection: connection, topic: "lobby")
        connection.websocket.open = false
        pass(31)
      end
      expect(hub.roll.size).to be <= PresenceRs::Hub::Roll::FEW
      expect(hub.size).to be <= 1
    end
  end

  describe "leave_all" do
    it "is final: no late word of a socket's brings the member back" do
      ada = subscribe("ada")
      room.leave_all("ada")
      words_of(ada)
      expect(room.count).to eq(0)
      ada.unsubscribe
      tick
      expect(room.count).to eq(0)
    end

    it "is final on all topics" do
      clients = %w[lobby other].map { |topic| subscribe("ada", topic: topic) }
      registry.leave_all("ada")
      clients.each { |client| words_of(client) }
      expect(registry.topics).to be_empty
    end

    it "of one topic leaves the others" do
      clients = %w[lobby other].map { |topic| subscribe("ada", topic: topic) }
      room.leave_all("ada")
      # The other one can still be brought back by its socket.
      pass(31)
      clients.each { |client| words_of(client) }
      expect(registry.topics).to eq(["other"])
    end

    it "leaves other members, and lets the sent one watch" do
      ada = subscribe("ada")
      subscribe("bob")
      room.leave_all("ada")
      words_of(ada)
      tick
      expect(room.ids).to eq(["bob"])
      expect(ada.page.ids).to eq(["bob"])
    end

    it "is final while heartbeats are under way" do
      20.times do |round|
        ada = subscribe("ada", identifier: "round #{round}")
        pass(31)
        threads = Array.new(3) { Thread.new { 20.times { ada.perform(:presence_heartbeat) } } }
        room.leave_all("ada")
        threads.each(&:join)
        expect(room.online?("ada")).to be(false)
      end
    end

    it "does not keep the member from subscribing again, if the app lets them" do
      subscribe("ada")
      room.leave_all("ada")
      subscribe("ada")
      expect(room.online?("ada")).to be(true)
    end
  end
end
