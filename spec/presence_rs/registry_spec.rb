# frozen_string_literal: true

RSpec.describe PresenceRs::Registry do
  let(:clock) { PresenceRs::ManualClock.new }
  let(:registry) { described_class.new(ttl: 30, coalesce: 0, clock:) }
  let(:room) { registry["room:1"] }

  describe "#on" do
    it "calls for the types and topics asked for" do
      seen = Hash.new { |hash, key| hash[key] = [] }
      registry.on { |event| seen[:all] << event.type }
      registry.on(:join, topic: "room:*") { |event| seen[:rooms] << event.topic }
      registry.on(:leave, topic: /1\z/) { |event| seen[:leaves] << event.id }
      registry.on(topic: room) { |event| seen[:room] << event.id }
      %w[room:1 room:2 lobby].each { |topic| registry[topic].join("ada") && registry.tick }
      room.leave("ada")
      registry.tick
      expect(seen).to eq(all: %i[join join join leave], rooms: %w[room:1 room:2], leaves: ["ada"], room: %w[ada ada])
    end

    it "takes a * for anything and every other character for itself" do
      seen = []
      registry.on(topic: "a.[b]*") { |event| seen << event.topic }
      %w[a.[b] a.[b]/x axb].each { |topic| registry[topic].join("ada") && registry.tick }
      expect(seen).to eq(%w[a.[b] a.[b]/x])
    end

    it "tells what an event is" do
      events = []
      registry.on { |event| events << event }
      room.join("ada", meta: { n: 1 })
      registry.tick
      clock.advance(30)
      registry.tick
      expect(events.first).to have_attributes(type: :join, topic: "room:1", id: "ada", metas: [{ "n" => 1 }], reason: nil, version: 1)
      expect(events.last).to have_attributes(type: :leave, reason: :expired, metas: [{ "n" => 1 }], version: 2, at: clock.time.floor(3))
    end

    it "refuses types that are none, and the absence of a block" do
      expect { registry.on(:joined) { nil } }.to raise_error(ArgumentError, /events are :join, :leave and :update; got :joined/)
      expect { registry.on(:join) }.to raise_error(ArgumentError, "on needs a block")
      expect { registry.subscribe }.to raise_error(ArgumentError, "subscribe needs a block")
    end

    it "is over once it is cancelled" do
      seen = []
      handle = registry.on { |event| seen << event.id }
      room.join("ada")
      registry.tick
      handle.cancel
      room.join("bob")
      registry.tick
      expect([seen, handle.cancelled?]).to eq([["ada"], true])
    end

    it "may cancel itself, and gets nothing more of the same diff" do
      seen = []
      handle = registry.on(:join) { |event| (seen << event.id) && handle.cancel }
      %w[ada bob carl].each { |id| room.join(id) }
      registry.tick
      expect(seen).to eq(["ada"])
    end

    it "is reported when a constant that it needs cannot be loaded, or it never ends calling itself" do
      allow(PresenceRs).to receive(:report)
      deep = ->(it) { it.call(it) }
      [-> { raise LoadError }, -> { raise SyntaxError }, -> { deep.call(deep) }].each { |failure| registry.on { failure.call } }
      room.join("ada")
      registry.tick
      [LoadError, SyntaxError, SystemStackError].each do |error|
        expect(PresenceRs).to have_received(:report).with(an_instance_of(error), anything)
      end
    end

    it "is reported when it raises, and stops nothing" do
      allow(PresenceRs).to receive(:report)
      seen = []
      registry.on { raise "no" }
      registry.on { |event| seen << event.id }
      room.join("ada")
      room.join("bob")
      registry.tick
      expect(seen).to contain_exactly("ada", "bob")
      expect(PresenceRs).to have_received(:report).with(have_attributes(message: "no"), hash_including(member: "ada"))
    end

    it "is reported to the on_error that its registry was given, also to one that takes the error alone" do
      errors = []
      [->(error, context) { errors << [error.message, context[:topic]] }, ->(error) { errors << error.message }].each do |on_error|
        registry = described_class.new(clock:, on_error:)
        registry.on { raise "no" }
        registry.subscribe { raise "nor this" }
        registry["lobby"].join("ada")
        registry.tick
      end
      expect(errors).to contain_exactly(%w[no lobby], ["nor this", "lobby"], "no", "nor this")
    end

    it "may join, leave and read in a handler, and what that causes comes afterwards" do
      order = []
      registry.on(:join) do |event|
        order << event.id
        room.join("bob") if event.id == "ada"
        room.snapshot
      end
      registry.subscribe { |diff| order << diff.version }
      room.join("ada")
      registry.tick
      expect(order).to eq(["ada", 1, "bob", 2])
    end
  end

  describe "#snapshot" do
    it "is of the topic that was asked for, however alike two names are" do
      expect(registry.snapshot("a").topic).to eq("a")
      expect(registry.snapshot("a\0whole", sample: true).topic).to eq("a\0whole")
    end
  end

  describe "#close" do
    it "runs the handlers of what was taken, even where the store is away by then" do
      errors = []
      registry = described_class.new(clock:, on_error: ->(error) { errors << error.message })
      came = []
      registry.on(:join) { |event| came << event.id }
      registry["room"].join("ada")
      expect(registry.store.tick(true)).to be(true)
      allow(registry.store).to receive(:tick).and_raise(PresenceRs::StoreUnavailable, "the store is away")
      registry.close
      expect([came, errors]).to eq([["ada"], ["the store is away"]])
    end
  end

  describe "a real registry" do
    let(:registry) { described_class.new(ttl: 30, coalesce: 0) }

    after { registry.close }

    it "ticks by itself from the first join on" do
      joined = Thread::Queue.new
      registry.on(:join) { |event| joined << event.id }
      room.join("ada")
      expect(joined.pop(timeout: 10)).to eq("ada")
    end

    it "publishes an expiry by itself" do
      gone = Thread::Queue.new
      came = Thread::Queue.new
      registry.on(:join) { |event| came << event.id }
      registry.on(:leave) { |event| gone << [event.id, event.reason] }
      room.join("ada")
      # Who comes and goes before a tick that is late is not told of.
      expect(came.pop(timeout: 10)).to eq("ada")
      room.join("ada", ttl: 0.05)
      expect(gone.pop(timeout: 10)).to eq(["ada", :expired])
    end

    it "publishes by itself what a snapshot has taken" do
      versions = Thread::Queue.new
      registry.subscribe { |diff| versions << diff.version }
      room.join("ada")
      room.snapshot
      expect(versions.pop(timeout: 10)).to eq(1)
    end

    it "holds up nobody for a handler that is slow" do
      gate = Thread::Queue.new
      others = Thread::Queue.new
      registry.on { gate.pop }
      registry.on { |event| others << event.id }
      3.times { |i| room.join("m#{i}") }
      expect(Array.new(3) { others.pop(timeout: 10) }).to eq(%w[m0 m1 m2])
      gate.close
    end

    it "ends without a thread left" do
      before = Thread.list
      room.join("ada")
      registry.close
      registry.close
      wait_until { (Thread.list - before).none? { |thread| thread.name.to_s.start_with?("presence_rs") && thread.alive? } }
      expect(room.join("bob")).to be(true)
    end
  end

  describe "PresenceRs" do
    it "asks the registry of the process" do
      PresenceRs["online"].join("ada")
      expect([PresenceRs.online?("ada"), PresenceRs.count, PresenceRs.topics, PresenceRs.online(%w[ada bob])]).to eq([true, 1, ["online"], ["ada"]])
      expect(PresenceRs.topic(:online).members.map(&:id)).to eq(["ada"])
      expect(PresenceRs.leave_all("ada")).to be(true)
      expect(PresenceRs.online?("ada")).to be(false)
    end

    it "begins anew after reset!" do
      PresenceRs["room"].join("ada")
      PresenceRs.reset!
      expect(PresenceRs.topics).to eq([])
    end

    it "says that it is for the main Ractor" do
      apart do
        ractor = Ractor.new do
          PresenceRs["room"].count
        rescue PresenceRs::Error => e
          e.message
        end
        expect(ractor.take).to match(/used from the main Ractor only/)
      end
    end
  end

  describe "limits of calls" do
    it "refuses a ttl that is none, or too long" do
      [0, -1, Float::NAN, "30"].each { |ttl| expect { room.join("ada", ttl:) }.to raise_error(PresenceRs::ConfigurationError, /ttl is a number/) }
      expect { room.join("ada", ttl: 86_401) }.to raise_error(PresenceRs::LimitExceeded) { |e| expect(e.limit).to eq(:max_ttl) }
      [-1, Float::NAN, nil, "3"].each { |linger| expect { room.leave("ada", linger:) }.to raise_error(PresenceRs::ConfigurationError, /linger/) }
    end
  end
end
