# frozen_string_literal: true

require_relative "../event_pages"

RSpec.shared_examples "a store that carries events" do
  include EventPages

  # Another process, where the store has others.
  let(:elsewhere) { store == :memory ? registry : PresenceRs::Registry.new(store:, clock:, ttl: 30, coalesce: 0.1, **options) }

  after { elsewhere.close unless elsewhere.equal?(registry) }

  def settle
    [registry, elsewhere].uniq.each(&:tick)
  end

  describe "an event" do
    before { [registry, elsewhere].each { |each| allow(each).to receive(:report) } }

    let!(:ada) { come(registry, "ada") }
    let!(:bob) { come(elsewhere, "bob") }
    let!(:phone) { come(registry, "bob") }

    before { settle }

    it "reaches the other sessions of its topic, in every process, in order" do
      watcher = come(elsewhere, nil)
      other = come(elsewhere, "carl", topic: "room:2")
      5.times { |n| ada.emit("cheer", { n: }) }
      bob.emit("cheer", { n: 5 })
      settle
      expect([bob, phone, watcher, ada].map(&:heard))
        .to eq([[0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5], [5]].map { |numbers| numbers.map { |n| ["cheer", n] } })
      expect(other.heard).to be_empty
    end

    it "says who it is from" do
      ada.emit("cheer", { n: 1 })
      settle
      expect(bob.events).to eq([{ "type" => "presence_event", "topic" => "room:1", "event" => "cheer",
                                  "from" => { "id" => "ada", "session" => ada.name }, "data" => { "n" => 1 } }])
    end

    it "reaches the sessions of one member, or one of them, and no others" do
      watcher = come(elsewhere, nil)
      carl = come(elsewhere, "carl")
      settle
      ada.emit("cheer", { n: 1 }, to: "bob")
      ada.emit("cheer", { n: 2 }, to: "bob", session: phone.name)
      ada.emit("cheer", { n: 3 }, to: "bob", session: carl.name)
      settle
      expect([bob, phone].map(&:heard)).to eq([[["cheer", 1]], [["cheer", 1], ["cheer", 2]]])
      expect([watcher, carl, ada].flat_map(&:heard)).to be_empty
      expect(ada.errors).to be_empty
    end

    it "to somebody who is not present is told to its sender" do
      ada.emit("cheer", { n: 1 }, to: "nobody")
      expect(ada.errors).to eq(["not_present"])
    end

    it "comes from Ruby, in whatever process" do
      [registry, elsewhere].uniq.each { |from| from["room:1"].emit("start", { n: 1 }) }
      elsewhere["room:1"].emit("start", { n: 2 }, to: "bob", session: phone.name)
      settle
      both = [["start", 1]] * [registry, elsewhere].uniq.size
      expect([ada, bob, phone].map(&:heard)).to eq([both, both, both + [["start", 2]]])
    end

    it "is of any name, and of 16 kB" do
      strange = come(registry, "<&\u{1F600}\u2028", topic: "r\u00fcm/<1>")
      there = come(elsewhere, "bob", topic: "r\u00fcm/<1>")
      settle
      strange.emit("cheer", { n: "\u00e9" * 7_000 }, to: "bob")
      settle
      expect(there.heard).to eq([["cheer", "\u00e9" * 7_000]])
      expect(there.events.first).to include("topic" => "r\u00fcm/<1>", "from" => include("id" => "<&\u{1F600}\u2028"))
    end

    it "is kept for nobody who comes later" do
      ada.emit("cheer", { n: 1 })
      settle
      late = come(elsewhere, "late")
      settle
      expect(late.heard).to be_empty
    end

    it "does not reach who has left, was sent away, expired, or closed its socket" do
      left, closed, sent_away = %w[left closed away].map { |name| come(elsewhere, name) }
      settle
      left.seat.goodbye
      closed.socket.open = false
      clock.advance(0.01)
      registry.leave_all("away")
      ada.emit("cheer", { n: 1 })
      settle
      expect([left, closed, sent_away].flat_map(&:heard)).to be_empty
      expect(bob.heard).to eq([["cheer", 1]])

      clock.advance(29)
      ada.seat.beat
      clock.advance(1)
      ada.emit("cheer", { n: 2 })
      settle
      expect(bob.heard).to eq([["cheer", 1]])
    end

    it "that a client does not read waits, the oldest are lost first, and counted" do
      bob.socket.backlog = 50
      150.times { |n| elsewhere["room:1"].emit("start", { n: }) }
      settle
      expect(bob.heard).to be_empty
      expect(elsewhere.dropped_events).to eq(50)
      bob.socket.backlog = 0
      elsewhere["room:1"].emit("start", { n: 150 })
      settle
      expect(bob.heard).to eq((50..150).map { |n| ["start", n] })
      expect(phone.heard.size).to eq(151)
      expect(elsewhere.dropped_events).to eq(50)
      expect(elsewhere).to have_received(:report).with(have_attributes(message: /^1 event was dropped/)).once
    end

    it "leaves diffs as they are" do
      200.times { |n| registry["room:1"].emit("start", { n: }) }
      come(registry, "carl")
      clock.advance(1)
      settle
      last = bob.socket.sent.reverse.find { |message| message["type"] == "presence_diff" }
      expect(last).to include("count" => 3, "joins" => [include("id" => "carl")])
    end
  end
end
