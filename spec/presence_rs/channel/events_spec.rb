# frozen_string_literal: true

require "spec_helper"
require_relative "support"

RSpec.describe PresenceRs::Channel, "#presence_emit" do
  include ChannelSupport

  let(:hooked) { nil }
  let(:channel) { racing(&hooked) }
  let!(:ada) { come("ada") }
  let!(:bob) { come("bob") }
  let!(:carl) { come("carl") }

  # A channel whose clients may cheer and signal.
  def racing(&body)
    channel_class do
      define_method(:subscribed) { track_presence(params[:topic] || "lobby", as: current_user, events: [:cheer, "signal"]) }
      class_exec(&body) if body
    end
  end

  def come(user, channel: self.channel, **rest)
    subscribe(user, channel:, **rest).tap(&:fresh)
  end

  def emit(client, event, data = {}, **rest)
    client.perform(:presence_emit, event:, data:, **rest)
  end

  def events(client)
    client.messages.select { |message| message["type"] == "presence_event" }
  end

  def heard(client)
    events(client).map { |message| [message["event"], message["data"]] }
  end

  def errors(client)
    client.messages.select { |message| message["type"] == "presence_error" }
  end

  def codes(client)
    errors(client).map { |error| error["code"] }
  end

  def who(client)
    client.messages.reverse.find { |message| message["type"] == "presence_session" }.values_at("id", "session")
  end

  describe "to all" do
    it "reaches all other sessions of the topic, those who watch too, as the server says who it is from" do
      phone = come("ada")
      watcher = watch
      elsewhere = come("dora", topic: "other")
      emit(ada, "cheer", { lane: 2 })
      message = { "type" => "presence_event", "topic" => "lobby", "event" => "cheer", "data" => { "lane" => 2 },
                  "from" => { "id" => "ada", "session" => who(ada).last } }
      expect([bob, carl, phone, watcher].map { |client| events(client) }).to all(eq([message]))
      expect([ada, elsewhere].map { |client| events(client) }).to all(be_empty)
    end

    it "says nothing to who may know how many there are, and not who" do
      counter = subscribe(nil, channel: channel_class { def subscribed = observe_presence("lobby", list: false) })
      emit(ada, "cheer")
      room.emit("start")
      expect(events(counter)).to be_empty
    end

    it "goes without data, too" do
      ada.perform(:presence_emit, event: "cheer")
      expect(heard(bob)).to eq([["cheer", {}]])
    end

    it "is JSON that a page can hold as it is" do
      emit(ada, "cheer", { "<b>" => "&\u2028" })
      expect(heard(bob)).to eq([["cheer", { "<b>" => "&\u2028" }]])
    end

    it "is a word from the client" do
      pass(29)
      emit(ada, "cheer")
      pass(29)
      expect(room.ids).to eq(["ada"])
    end

    it "does not reach who was not heard from for their ttl" do
      pass(29)
      ada.perform(:presence_heartbeat)
      pass(1)
      emit(ada, "cheer")
      expect(events(bob)).to be_empty
    end
  end

  describe "to a member" do
    let!(:phone) { come("bob") }

    it "reaches all their sessions, and nobody else" do
      watcher = watch
      emit(ada, "signal", { n: 1 }, to: "bob")
      expect([bob, phone].map { |client| heard(client) }).to all(eq([["signal", { "n" => 1 }]]))
      expect([ada, carl, watcher].map { |client| events(client) }).to all(be_empty)
    end

    it "reaches one session by its public name" do
      emit(ada, "signal", { n: 1 }, to: "bob", session: who(phone).last)
      expect([bob, phone].map { |client| heard(client) }).to eq([[], [["signal", { "n" => 1 }]]])
    end

    it "takes the id as a number" do
      seven = come("7")
      emit(ada, "signal", {}, to: 7)
      expect(heard(seven)).to eq([["signal", {}]])
    end
  end

  describe "who one is" do
    it "is told to those who may emit, by a name that ends no session" do
      id, name = who(ada)
      expect(id).to eq("ada")
      expect(name).not_to eq(ada.resume)
      bob.perform(:presence_sync, resume: name)
      bob.perform(:presence_leave, resume: name)
      expect(room.member("ada").sessions).to eq(1)
    end

    it "is another one after coming back" do
      before = who(ada)
      again = come("ada")
      expect(who(again)).to match(["ada", satisfy { |name| name != before.last }])
    end

    it "is told when emitting is permitted later" do
      late = channel_class do
        def subscribed = track_presence("lobby", as: current_user)
        def allow(_data) = track_presence("lobby", as: current_user, events: :cheer)
      end
      dora = come("dora", channel: late)
      expect(who(dora)).to eq([nil, nil])
      dora.perform(:allow)
      expect(who(dora)).to match(["dora", String])
      emit(dora, "cheer")
      expect(heard(ada)).to eq([["cheer", {}]])
    end
  end

  describe "order" do
    it "is that of the client's numbers" do
      [2, 3, 1].each { |seq| emit(ada, "cheer", { n: seq }, seq:) }
      expect(heard(bob).map { |_, data| data["n"] }).to eq([2, 3, 1]) # nobody waits by a clock that is moved by hand
    end

    it "waits for one that another thread has not handed in yet" do
      stub_const("PresenceRs::Hub::Emitter::PATIENCE", 30) # any of the threads may be late
      registry_with(clock: nil)
      dora, eve = %w[dora eve].map { |name| come(name) }
      (1..10).to_a.shuffle.map { |seq| Thread.new { emit(dora, "cheer", { n: seq }, seq:) } }.each(&:join)
      wait_until { heard(eve).size == 10 }
      expect(heard(eve).map { |_, data| data["n"] }).to eq((1..10).to_a)
    end

    it "goes on without one that never comes" do
      registry_with(clock: nil)
      dora, eve = %w[dora eve].map { |name| come(name) }
      [1, 3, 4].each { |seq| emit(dora, "cheer", { n: seq }, seq:) }
      wait_until { heard(eve).size == 3 }
      expect(heard(eve).map { |_, data| data["n"] }).to eq([1, 3, 4])
    end
  end

  describe "presence_event" do
    context "when it looks on" do
      let(:hooked) { proc { def presence_event(name, data, to:) = (@seen ||= []) << [name, data, to] } }

      it "gets each before it is delivered, which goes out as it is" do
        emit(ada, "cheer", { n: 1 })
        emit(ada, "signal", { n: 2 }, to: "bob")
        expect(ada.channel.instance_variable_get(:@seen)).to eq([["cheer", { "n" => 1 }, nil], ["signal", { "n" => 2 }, "bob"]])
        expect(heard(bob)).to eq([["cheer", { "n" => 1 }], ["signal", { "n" => 2 }]])
      end

      it "cannot be called by a client" do
        ada.perform(:presence_event, name: "cheer")
        expect(ada.channel.instance_variable_get(:@seen)).to be_nil
      end
    end

    context "when it changes, answers or refuses" do
      let(:hooked) do
        proc do
          private

          def presence_event(_name, data, to:) # rubocop:disable Lint/UnusedMethodArgument
            transmit({ "answer" => 42 }) if data["ask"]
            return false if data["secret"]

            { text: data["text"].upcase } if data["text"]
          end
        end
      end

      it "may change the data" do
        emit(ada, "cheer", { text: "go" })
        expect(heard(bob)).to eq([["cheer", { "text" => "GO" }]])
      end

      it "may answer" do
        emit(ada, "cheer", { ask: true })
        expect(ada.messages).to include("answer" => 42)
        expect(heard(bob)).to eq([["cheer", { "ask" => true }]])
      end

      it "may refuse" do
        emit(ada, "cheer", { secret: 1 })
        expect(errors(ada)).to match([include("code" => "forbidden", "event" => "cheer", "topic" => "lobby")])
        expect(events(bob)).to be_empty
      end
    end

    context "when it raises, or changes the data into what cannot be" do
      let(:reported) { [] }
      let(:hooked) do
        proc { def presence_event(_name, data, to:) = data["big"] ? { x: "x" * 20_000 } : raise("boom #{to}") }
      end

      before { allow(PresenceRs).to receive(:report) { |error, _| reported << error.message } }

      it "is told to the sender without its words, reported, and harms nobody" do
        emit(ada, "cheer", {}, seq: 1)
        emit(ada, "cheer", { big: 1 }, seq: 2)
        expect(errors(ada)).to match([include("code" => "event_failed", "event" => "cheer", "message" => /\A((?!boom).)*\z/)] * 2)
        expect(reported).to match(["boom ", /max_event_bytes is 16384/])
        expect([*events(bob), *errors(bob)]).to be_empty
        expect(room.count).to eq(3)
      end
    end
  end

  describe "a channel that takes its time" do
    let(:hooked) { proc { def presence_event(_name, data, to:) = data["n"].zero? ? self.class::GATE.pop(timeout: 10) : to } }

    it "has a hundred events waiting at most, without holding up the thread that brings one more" do
      registry_with(clock: nil, event_burst: 1_000, on_error: ->(*) {})
      channel.const_set(:GATE, Thread::Queue.new)
      dora, eve = %w[dora eve].map { |name| come(name) }
      busy = Thread.new { emit(dora, "cheer", { n: 0 }, seq: 1) }
      wait_until { channel::GATE.num_waiting == 1 }
      (1..300).each { |n| emit(dora, "cheer", { n: }, seq: n + 1) }
      channel::GATE << true
      busy.join
      wait_until { heard(eve).size == 101 }
      expect(heard(eve).map { |_, data| data["n"] }).to eq([0, *201..300])
      expect(registry.dropped_events).to eq(200)
    end
  end

  describe "bad input is told to its sender and nobody else:" do
    after do
      expect([bob, carl].flat_map { |client| events(client) + errors(client) }).to be_empty
      expect(room.ids).to include("ada", "bob", "carl")
    end

    it "an event that is not permitted" do
      ["boo", "", nil, 5, ["cheer"], { "cheer" => 1 }, "x" * 300].each { |event| emit(ada, event) }
      expect(codes(ada)).to eq(["forbidden"] * 7)
      expect(errors(ada).first).to include("event" => "boo", "topic" => "lobby", "message" => /"boo" may not be sent here/)
    end

    it "an event where nothing is permitted" do
      dora = come("dora", channel: room_channel)
      emit(dora, "cheer")
      expect(codes(dora)).to eq(["forbidden"])
    end

    it "an event of one who only watches" do
      watcher = watch
      emit(watcher, "cheer")
      expect(errors(watcher)).to match([include("code" => "forbidden", "message" => /only watches/)])
    end

    it "a member who is not present" do
      emit(ada, "signal", {}, to: "nobody")
      expect(errors(ada)).to match([include("code" => "not_present", "event" => "signal", "message" => /"nobody" is not present/)])
    end

    it "oneself" do
      emit(ada, "signal", {}, to: "ada")
      expect(errors(ada)).to match([include("code" => "invalid_event", "message" => /goes to others/)])
    end

    it "a session of another topic: nobody gets it, and nothing is told" do
      elsewhere = come("bob", topic: "other")
      emit(ada, "signal", {}, to: "bob", session: who(elsewhere).last)
      expect(events(elsewhere) + errors(ada)).to be_empty
    end

    it "an addressee that cannot be one" do
      [{ to: {} }, { to: true }, { to: "" }, { to: "x" * 256 }, { to: "bob", session: 5.5 }, { session: "x" }].each do |rest|
        emit(ada, "signal", {}, **rest)
      end
      expect(codes(ada)).to eq(%w[invalid_event invalid_event invalid_name invalid_name invalid_event invalid_event])
    end

    it "whatever else a client may think of" do
      values = [nil, true, 0, -1, 2**70, 1.5, "", "x", "x" * 300, "\u0000", "\u{1F600}", [], [[]], {}, { "a" => nil }, "cheer", "ada", "nobody"]
      random = Random.new(RSpec.configuration.seed)
      500.times do
        words = %w[event data to session seq topic from action type].to_h { |key| [key, values.sample(random:)] }
        words["event"] = "cheer" if random.rand < 0.5
        words.delete_if { random.rand < 0.3 }
        # Nothing that could reach the others.
        words["data"] = 5 unless words["to"].is_a?(String) && words["to"] != "bob" && words["to"] != "carl"
        expect { ada.perform(:presence_emit, words) }.not_to raise_error
        clock.advance(0.05)
        ada.perform(:presence_heartbeat)
        [bob, carl].each { |client| client.perform(:presence_heartbeat) }
      end
    end

    it "17 kB" do
      emit(ada, "cheer", { text: "x" * 17_000 })
      expect(errors(ada)).to match([include("code" => "limit_exceeded", "message" => /max_event_bytes is 16384/)])
      expect(errors(ada).first).not_to include("retry")
    end

    it "data that is no JSON object" do
      [nil, [], "x", 5, true].each { |data| emit(ada, "cheer", data) }
      emit(ada, "cheer", { deep: 80.times.inject(1) { |inner, _| [inner] } })
      expect(codes(ada)).to eq(["invalid_event"] * 6)
      expect(errors(ada).last["message"]).to match(/an event's data may be nested/)
    end
  end

  it "takes no sender from the client" do
    emit(ada, "cheer", { from: { id: "bob" } }, from: { id: "bob", session: "s" })
    expect(events(bob)).to match([include("from" => { "id" => "ada", "session" => who(ada).last })])
  end

  it "of 16 kB goes through" do
    emit(ada, "cheer", { text: "x" * 16_000 })
    expect(heard(bob).size).to eq(1)
  end

  describe "1,000 a second" do
    it "are as many as the burst, and told to the sender ten times at most; then 20 a second go on" do
      at_once { 1_000.times { |n| emit(ada, "cheer", { n: }, seq: n + 1) } }
      expect(heard(bob).map { |_, data| data["n"] }).to eq((0..39).to_a)
      expect(codes(ada)).to eq(["limit_exceeded"] * 10)
      expect(errors(bob)).to be_empty
      clock.advance(2)
      emit(ada, "cheer", {}, seq: 1_001)
      expect(events(bob).size).to eq(41)
    end

    it "are as many as is configured" do
      registry_with(events_per_second: 2, event_burst: 3)
      dora, eve = %w[dora eve].map { |name| come(name) }
      10.times { emit(dora, "cheer") }
      clock.advance(1.5)
      10.times { emit(dora, "cheer") }
      expect(events(eve).size).to eq(6)
    end

    it "of one take nothing from another" do
      1_000.times { emit(ada, "cheer") }
      emit(bob, "cheer", { n: 1 })
      expect(heard(carl).last).to eq(["cheer", { "n" => 1 }])
    end
  end

  describe "a topic whose list is not shown" do
    it "does not tell who is present" do
      registry_with(list_limit: 5)
      clients = Array.new(6) { |n| come("m#{n}") }
      emit(clients.first, "signal", {}, to: "nobody")
      emit(clients.first, "signal", { n: 1 }, to: "m3")
      expect(errors(clients.first)).to be_empty
      expect(heard(clients[3])).to eq([["signal", { "n" => 1 }]])
    end
  end

  describe "who is gone" do
    it "gets nothing more, and sends nothing more, once sent away" do
      room.leave_all("ada")
      emit(bob, "cheer")
      emit(ada, "cheer", { n: 1 })
      expect(events(ada)).to be_empty
      expect(codes(ada)).to eq(["forbidden"])
      expect(heard(carl)).to eq([["cheer", {}]])
      expect(room.online?("ada")).to be(false)
    end

    it "gets nothing after a goodbye, untracking or the end of the subscription" do
      ada.perform(:presence_leave)
      bob.channel.send(:untrack_presence)
      dora = come("dora")
      dora.unsubscribe
      emit(carl, "cheer")
      emit(dora, "cheer")
      expect([ada, bob, dora, carl].flat_map { |client| events(client) }).to be_empty
    end
  end

  describe "of a subscription that follows several topics" do
    let(:several) do
      channel_class do
        def subscribed
          observe_presence "watched"
          %w[lobby other].each { |topic| track_presence topic, as: current_user, events: :cheer }
        end
      end
    end

    it "goes to the one that is named, or to all on which it is listed" do
      dora = come("dora", channel: several)
      elsewhere = come("eve", topic: "other")
      emit(dora, "cheer", { n: 1 }, topic: "other")
      emit(dora, "cheer", { n: 2 })
      emit(dora, "cheer", { n: 3 }, topic: "watched")
      emit(dora, "cheer", { n: 4 }, topic: "unknown")
      expect(heard(elsewhere).map { |_, data| data["n"] }).to eq([1, 2])
      expect(heard(ada).map { |_, data| data["n"] }).to eq([2])
      expect(errors(dora)).to match([include("code" => "forbidden", "topic" => "watched")])
    end
  end

  describe "PresenceRs::Topic#emit" do
    it "reaches everybody, with nobody as the sender" do
      watcher = watch
      room.emit("start", { at: 1.5 })
      message = { "type" => "presence_event", "topic" => "lobby", "event" => "start", "data" => { "at" => 1.5 },
                  "from" => { "id" => nil, "session" => nil } }
      expect([ada, bob, carl, watcher].map { |client| events(client) }).to all(eq([message]))
    end

    it "reaches the sessions of one member, or one of them" do
      phone = come("bob")
      room.emit(:start, to: "bob")
      room.emit(:start, { n: 2 }, to: "bob", session: who(phone).last)
      expect([ada, bob, phone].map { |client| heard(client) })
        .to eq([[], [["start", {}]], [["start", {}], ["start", { "n" => 2 }]]])
    end

    it "takes what as_json makes plain" do
      money = Struct.new(:cents) { def as_json(*) = { cents: } }.new(5)
      room.emit("start", { who: :ada, price: money })
      expect(heard(bob)).to eq([["start", { "who" => "ada", "price" => { "cents" => 5 } }]])
    end

    it "says what is wrong" do
      expect { room.emit("") }.to raise_error(PresenceRs::InvalidName, /name of an event is empty/)
      expect { room.emit("start", [1]) }.to raise_error(PresenceRs::InvalidEvent, /is an object, like .*; got Array/)
      expect { room.emit("start", { a: "x" * 17_000 }) }.to raise_error(PresenceRs::LimitExceeded, /max_event_bytes is 16384/)
      expect { room.emit("start", {}, session: "x") }.to raise_error(PresenceRs::InvalidEvent, /takes to: as well/)
      expect { room.emit("start", {}, to: "") }.to raise_error(PresenceRs::InvalidName, /member is empty/)
    end

    it "is nothing where nobody listens" do
      expect(PresenceRs::Registry.new["x"].emit("start")).to be_nil
    end
  end
end
