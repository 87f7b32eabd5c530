# frozen_string_literal: true

require "spec_helper"
require_relative "channel/support"

RSpec.describe PresenceRs::Channel do
  include ChannelSupport

  describe "what clients can call" do
    let(:actions) { %w[presence_heartbeat presence_sync presence_page presence_update presence_emit presence_leave] }

    it "is the six actions, and neither subscribed nor unsubscribed, nor presence_event" do
      channel = channel_class do
        def subscribed; end
        def unsubscribed; end
        def presence_event(*); end
      end
      expect(channel.action_methods).to match_array(actions)
    end

    it "is the same where the methods come later, in a subclass, or in a class above" do
      base = Class.new(ActionCable::Channel::Base) do
        def subscribed; end
        def unsubscribed; end
      end
      base.action_methods
      channel = channel_class(base)
      channel.action_methods
      below = Class.new(channel) { def subscribed; end }
      below.action_methods
      below.class_exec { def unsubscribed; end }

      expect([channel.action_methods, below.action_methods]).to all(match_array(actions))
    end

    it "is known to classes that had computed it before the concern came in" do
      base = Class.new(ActionCable::Channel::Base)
      below = Class.new(base) { def speak; end }
      below.action_methods
      base.include(described_class)

      expect(below.action_methods).to match_array([*actions, "speak"])
    end

    it "has the app's own actions" do
      channel = channel_class { def speak(data); end }
      expect(channel.action_methods).to include("speak")
    end

    it "is nothing else of ours" do
      public_names = described_class.public_instance_methods(true).map(&:to_s)
      own = public_names - ActionCable::Channel::Base.public_instance_methods.map(&:to_s)
      expect(own).to match_array(actions)
    end

    it "refuses what is no action, and changes nothing" do
      ada = subscribe("ada")
      sessions = room.member("ada").sessions
      names = %w[subscribed unsubscribed track_presence untrack_presence subscribe_to_channel presence_seats initialize]
      names.each { |action| ada.perform(action, topic: "other") }
      expect(room.member("ada").sessions).to eq(sessions)
      expect(registry.topics).to eq(["lobby"])
      expect(hub.size).to eq(1)
    end

    it "leaves Object#presence alone, and brings no constant that could hide one of the app's" do
      expect(channel_class.method_defined?(:presence)).to be(true)
      expect(subscribe("ada").channel.method(:presence).owner).to eq(Object)
      expect(described_class.constants).to contain_exactly(:ClassMethods)
    end
  end

  describe "#track_presence" do
    it "lists the member and sends the session, then a list with the member in it" do
      ada = subscribe("ada")
      session, state = ada.messages
      expect(session)
        .to match("type" => "presence_session", "topic" => "lobby", "resume" => /\A[\w-]{22}\z/, "heartbeat" => 10.0)
      expect(state).to include("type" => "presence_state", "topic" => "lobby", "count" => 1, "heartbeat" => 10.0)
      expect(state["members"].first).to include("id" => "ada", "metas" => [{ "name" => "ada" }])
      expect(room.online?("ada")).to be(true)
      expect(ada.messages.size).to eq(2)
    end

    it "confirms the subscription" do
      expect(subscribe("ada").channel).to be_confirmed
    end

    it "takes a record and a topic with a global id" do
      user = Struct.new(:id, :name).new(42, "Ada")
      lobby = Struct.new(:to_gid_param).new("Z2lk")
      channel = channel_class do
        define_method(:subscribed) { track_presence lobby, as: user }
      end
      subscribe(channel: channel)
      expect(registry["Z2lk"].ids).to eq(["42"])
    end

    it "tells others once" do
      ada = subscribe("ada")
      subscribe("bob")
      tick
      expect(ada.fresh.last).to include("type" => "presence_diff", "count" => 2)
      expect(ada.page.ids).to eq(%w[ada bob])
    end

    it "gives every subscription a session of its own" do
      tokens = Array.new(3) { subscribe("ada").resume }
      expect(tokens.uniq.size).to eq(3)
      expect(room.member("ada").sessions).to eq(3)
      expect(room.count).to eq(1)
    end

    it "shows no session to others" do
      ada = subscribe("ada")
      bob = subscribe("bob")
      tick
      expect(JSON.generate(ada.messages)).not_to include(bob.resume)
      expect(JSON.generate(bob.messages)).not_to include(ada.resume)
    end

    it "raises where nobody is given" do
      channel = channel_class { def subscribed = track_presence("lobby", as: nil) }
      expect { subscribe(channel: channel) }.to raise_error(ArgumentError, /`as:` is nil.*observe_presence/)
      expect(room.count).to eq(0)
    end

    it "raises for a ttl that is none" do
      [0, -1, "30", Float::NAN].each do |ttl|
        channel = channel_class { define_method(:subscribed) { track_presence("lobby", as: "ada", ttl: ttl) } }
        expect { subscribe(channel: channel) }.to raise_error(ArgumentError, /ttl is a number of seconds above 0/)
      end
    end

    it "keeps a ttl of the session's own, and tells its client to speak as often as that needs" do
      channel = channel_class { def subscribed = track_presence("lobby", as: "ada", ttl: 6) }
      ada = subscribe(channel: channel)
      expect(ada.messages.first["heartbeat"]).to eq(2.0)
      clock.advance(5.9)
      expect(room.online?("ada")).to be(true)
      clock.advance(0.2)
      expect(room.online?("ada")).to be(false)
    end

    context "when called again for the same topic" do
      let(:channel) do
        channel_class do
          def subscribed = track_presence("lobby", as: current_user, meta: { n: 1 })

          def again(data)
            track_presence("lobby", as: data["as"] || current_user, meta: { n: 2 }, permit: [:x], ttl: 60)
          end
        end
      end

      it "changes the meta, what is permitted and the ttl, and adds nothing" do
        ada = subscribe("ada", channel: channel)
        ada.fresh
        ada.perform(:again)
        tick
        ada.perform(:presence_update, meta: { n: 3, x: 1 })
        expect(room.member("ada").metas).to eq([{ "n" => 2, "x" => 1 }])
        expect(hub.size).to eq(1)
        expect(ada.types).to eq(["diff"])
        clock.advance(59)
        expect(room.online?("ada")).to be(true)
      end

      it "lists another member in place of the first" do
        ada = subscribe("ada", channel: channel)
        first = ada.resume
        ada.perform(:again, as: "bob")
        expect(room.ids).to eq(["bob"])
        expect(ada.resume).not_to eq(first)
        expect(hub.size).to eq(1)
        expect(hub.roll.size).to eq(1)
      end

      it "lists again who had left" do
        ada = subscribe("ada", channel: channel)
        ada.perform(:presence_leave)
        ada.perform(:again)
        expect(room.member("ada").sessions).to eq(1)
        ada.unsubscribe
        pass(16)
        expect(room.online?("ada")).to be(false)
      end
    end

    it "follows several topics in one subscription" do
      channel = channel_class do
        def subscribed
          track_presence "lobby", as: current_user
          observe_presence "online"
        end
      end
      ada = subscribe("ada", channel: channel)
      news = -> { ada.fresh.map { |message| "#{message["type"]} #{message["topic"]}" } }
      expect(news.call).to eq(["presence_session lobby", "presence_state lobby", "presence_state online"])
      ada.perform(:presence_heartbeat)
      expect(news.call).to eq(["presence_ack lobby", "presence_ack online"])
      ada.perform(:presence_heartbeat, topic: "online")
      expect(news.call).to eq(["presence_ack online"])
      ada.perform(:presence_heartbeat, topic: { of: "another type" })
      expect(ada.fresh).to be_empty
    end
  end

  describe "#observe_presence" do
    it "sends the list and its changes, and lists nobody" do
      watcher = watch
      subscribe("ada")
      tick
      expect(watcher.types).to eq(%w[state diff])
      expect(watcher.page.ids).to eq(["ada"])
      expect(room.ids).to eq(["ada"])
    end

    it "turns one who was listed into one who watches" do
      channel = channel_class do
        def subscribed = track_presence("lobby", as: current_user)
        def hide = observe_presence("lobby")
      end
      ada = subscribe("ada", channel: channel)
      ada.perform(:hide)
      tick
      expect(room.count).to eq(0)
      expect(ada.page.ids).to be_empty
      ada.perform(:presence_heartbeat)
      expect(room.count).to eq(0)
      expect(hub.size).to eq(1)
    end
  end

  describe "#update_presence" do
    let(:channel) do
      channel_class do
        attr_reader :answer

        def subscribed
          track_presence("lobby", as: current_user, meta: { n: 1 }, permit: [:x])
          update_presence({ n: 2 }) if params[:early]
        end

        def set(data) = @answer = update_presence(data["meta"], topic: data["topic"])
        def set_all(data) = @answer = update_presence(meta: data["meta"])
        def set_there(data) = @answer = update_presence(data["topic"], meta: data["meta"])
      end
    end

    it "replaces the whole meta, and prolongs nothing" do
      ada = subscribe("ada", channel: channel)
      clock.advance(20)
      ada.perform(:set, meta: { m: 1 })
      expect(ada.channel.answer).to be(true)
      expect(room.member("ada").metas).to eq([{ "m" => 1 }])
      clock.advance(11)
      expect(room.online?("ada")).to be(false)
    end

    it "answers false for a session that is not live, and shows it once that is" do
      ada = subscribe("ada", channel: channel)
      pass(31)
      ada.perform(:set, meta: { m: 1 })
      expect(ada.channel.answer).to be(false)
      ada.perform(:presence_heartbeat)
      expect(room.member("ada").metas).to eq([{ "m" => 1 }])
    end

    it "can be called in subscribed" do
      subscribe("ada", channel: channel, early: true)
      expect(room.member("ada").metas).to eq([{ "n" => 2 }])
    end

    it "takes its topic and its meta as track_presence does, too" do
      ada = subscribe("ada", channel: channel)
      ada.perform(:set_all, meta: { m: 1 })
      expect(room.member("ada").metas).to eq([{ "m" => 1 }])
      ada.perform(:set_there, topic: "lobby", meta: { m: 2 })
      expect(room.member("ada").metas).to eq([{ "m" => 2 }])
      ada.perform(:set_there, topic: "other", meta: { m: 3 })
      expect(ada.channel.answer).to be(false)
      expect { ada.perform(:set_all, meta: nil) }.to raise_error(PresenceRs::InvalidMeta, /got NilClass/)
    end

    it "answers false for another topic" do
      ada = subscribe("ada", channel: channel)
      ada.perform(:set, meta: { m: 1 }, topic: "other")
      expect(ada.channel.answer).to be(false)
    end

    it "raises for a meta that is none" do
      ada = subscribe("ada", channel: channel)
      expect { ada.perform(:set, meta: [1]) }.to raise_error(PresenceRs::InvalidMeta, /got Array/)
      expect(room.member("ada").metas).to eq([{ "n" => 1 }])
    end
  end

  describe "#untrack_presence" do
    let(:channel) do
      channel_class do
        def subscribed
          track_presence("lobby", as: current_user)
          track_presence("online", as: current_user)
        end

        def unsubscribed = untrack_presence("lobby")
        def go(data) = untrack_presence(data["from"])
        def come = track_presence("lobby", as: current_user)
      end
    end

    it "leaves one topic at once and follows it no longer" do
      ada = subscribe("ada", channel: channel)
      ada.fresh
      ada.perform(:go, from: "lobby")
      expect(registry.topics).to eq(["online"])
      expect(hub.topics).to eq(["online"])
      subscribe("bob")
      tick
      ada.perform(:presence_heartbeat, topic: "lobby")
      expect(ada.fresh.select { |message| message["topic"] == "lobby" }).to be_empty
    end

    it "leaves all where none is named" do
      ada = subscribe("ada", channel: channel)
      ada.perform(:go)
      expect(registry.topics).to eq([])
      expect([hub.size, hub.roll.size]).to eq([0, 0])
      expect(hub.topics).to be_empty
    end

    it "ends at once the place that a goodbye has left" do
      ada = subscribe("ada", channel: channel)
      ada.perform(:presence_leave)
      expect(room.online?("ada")).to be(true)
      ada.perform(:go)
      expect(room.online?("ada")).to be(false)
    end

    it "can be undone by the app" do
      ada = subscribe("ada", channel: channel)
      ada.perform(:go)
      ada.perform(:come)
      expect(room.ids).to eq(["ada"])
      expect(ada.types.last(2)).to eq(%w[session state])
    end

    it "works in unsubscribed: there is no grace for that topic" do
      subscribe("ada", channel: channel).unsubscribe
      tick
      expect(room.online?("ada")).to be(false)
      expect(registry["online"].online?("ada")).to be(true)
    end
  end

  describe "a subscription that the app rejects" do
    let(:channel) do
      channel_class do
        def subscribed
          track_presence("lobby", as: current_user)
          reject
        end
      end
    end

    it "has joined nothing, is told nothing of the topic, and follows nothing" do
      watcher = watch
      watcher.fresh
      mallory = subscribe("mallory", channel: channel)
      tick
      expect(mallory.channel).to be_rejected
      expect(mallory.messages).to be_empty
      expect(watcher.fresh).to be_empty
      expect(hub.size).to eq(1)
    end

    it "gets nothing done meanwhile" do
      channel = channel_class do
        def subscribed
          track_presence("lobby", as: current_user)
          # What a client says at the same time runs on another thread.
          %w[heartbeat sync update].each { |word| perform_action("action" => "presence_#{word}", "meta" => {}) }
          reject
        end
      end
      mallory = subscribe("mallory", channel: channel)
      expect(mallory.messages).to be_empty
      expect(registry.tick).to be_empty
    end

    it "gets nothing done later" do
      mallory = subscribe("mallory", channel: channel)
      mallory.perform(:presence_heartbeat)
      expect(room.count).to eq(0)
    end
  end

  describe "a subscription whose subscribed raises" do
    it "lists nobody and follows nothing" do
      channel = channel_class do
        def subscribed
          track_presence("lobby", as: current_user)
          raise "oops"
        end
      end
      ada = client(channel, user: "ada")
      expect { ada.subscribe }.to raise_error("oops")
      ada.perform(:presence_heartbeat)
      expect([room.count, hub.size]).to eq([0, 0])
    end
  end

  describe "errors" do
    def error_of(client)
      client.messages.find { |message| message["type"] == "presence_error" }
    end

    {
      "an empty topic" => ["", ""],
      "a topic that is too long" => ["x" * 256, "x" * 255],
      "a topic that is not UTF-8" => ["a\xFF", "a\uFFFD"],
      "a topic that is nil" => [nil, nil],
      "a topic of another kind" => [Object.new, nil]
    }.each do |what, (topic, shown)|
      it "of #{what}: tells the client, then rejects" do
        channel = channel_class { define_method(:subscribed) { track_presence(topic, as: "ada") } }
        ada = subscribe(channel: channel)
        expect(error_of(ada)).to include("code" => "invalid_name", "topic" => shown)
        expect(error_of(ada)).not_to include("retry")
        expect(ada.channel).to be_rejected
        expect(ada.connection.transmissions.last["type"]).to eq("reject_subscription")
      end
    end

    it "of a member's name: tells the client, then rejects" do
      ada = subscribe("")
      expect(error_of(ada)).to include("code" => "invalid_name", "topic" => "lobby", "message" => /member is empty/)
      expect(ada.channel).to be_rejected
    end

    it "of a name in an action: tells the client, and the subscription stands" do
      channel = channel_class do
        def subscribed = track_presence("lobby", as: current_user)
        def enter(data) = track_presence(data["room"], as: current_user)
      end
      ada = subscribe("ada", channel: channel)
      ada.perform(:enter, room: "")
      expect(error_of(ada)).to include("code" => "invalid_name")
      ada.perform(:presence_heartbeat)
      expect(ada.types.last).to eq("ack")
    end

    it "takes names with NUL and __proto__" do
      subscribe("__proto__", topic: "a\0b")
      expect(registry["a\0b"].ids).to eq(["__proto__"])
    end

    it "of the app's meta: tells the client, and raises" do
      channel = channel_class { def subscribed = track_presence("lobby", as: "ada", meta: { at: Float::NAN }) }
      ada = client(channel)
      expect { ada.subscribe }.to raise_error(PresenceRs::InvalidMeta)
      expect(error_of(ada)).to include("code" => "invalid_meta", "topic" => "lobby")
      expect([room.count, hub.size]).to eq([0, 0])
    end

    it "of a full topic: confirms, tells the client when it is tried again, and sends the list" do
      registry_with(max_members_per_topic: 1)
      subscribe("ada")
      bob = subscribe("bob")
      expect(bob.channel).to be_confirmed
      expect(error_of(bob)).to include("code" => "limit_exceeded", "topic" => "lobby", "retry" => 10.0,
                                       "message" => /max_members_per_topic is 1/)
      expect(bob.page.ids).to eq(["ada"])
    end

    it "of a full topic: each heartbeat tries again" do
      registry_with(max_members_per_topic: 1)
      ada = subscribe("ada")
      bob = subscribe("bob")
      bob.fresh
      bob.perform(:presence_heartbeat)
      expect(bob.types).to eq(%w[error ack])
      ada.unsubscribe
      pass(15)
      bob.perform(:presence_heartbeat)
      tick
      expect(room.ids).to eq(["bob"])
      expect(bob.page.ids).to eq(["bob"])
    end

    it "of the 101st session: tells that client alone" do
      registry_with(max_sessions_per_member: 2)
      first = subscribe("ada")
      subscribe("ada")
      third = subscribe("ada")
      expect(error_of(third)).to include("code" => "limit_exceeded")
      expect(error_of(first)).to be_nil
      expect(room.member("ada").sessions).to eq(2)
    end
  end

  describe "a store that cannot be reached" do
    def away
      %i[join try_join touch update leave try_leave snapshot].each do |name|
        allow(registry.store).to receive(name).and_raise(PresenceRs::StoreUnavailable, "redis://secret:6379 is down")
      end
    end

    def back
      RSpec::Mocks.space.proxy_for(registry.store).reset
    end

    it "is told with when it is tried again, without the server's secrets, and the subscription is confirmed" do
      registry
      away
      ada = subscribe("ada")
      expect(ada.channel).to be_confirmed
      errors = ada.messages.select { |message| message["type"] == "presence_error" }
      expect(errors).to all(include("code" => "store_unavailable", "retry" => 10.0))
      expect(JSON.generate(errors)).not_to include("secret")
    end

    it "is tried again at each heartbeat" do
      registry
      away
      ada = subscribe("ada")
      ada.perform(:presence_heartbeat)
      back
      ada.fresh
      ada.perform(:presence_heartbeat)
      expect(room.ids).to eq(["ada"])
      expect(ada.types).to eq(["state"])
      ada.perform(:presence_heartbeat)
      expect(ada.types).to eq(["ack"])
    end

    it "does not keep a subscription from closing" do
      ada = subscribe("ada")
      allow(PresenceRs).to receive(:report)
      away
      expect { ada.unsubscribe }.not_to raise_error
      expect(PresenceRs).to have_received(:report).with(PresenceRs::StoreUnavailable, any_args)
      expect([hub.size, hub.roll.size]).to eq([0, 0])
    end
  end
end
