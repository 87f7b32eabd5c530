# frozen_string_literal: true

RSpec.shared_examples "a store that publishes" do
  describe "a diff" do
    it "begins an epoch from 0 and ends it with count 0" do
      room.join("ada")
      first, = registry.tick
      expect(first).to have_attributes(topic: "room:1", from: 0, version: 1, count: 1)
      room.leave("ada")
      clock.advance(1)
      last, = registry.tick
      expect(last).to have_attributes(epoch: first.epoch, from: 1, version: 2, count: 0)
      expect(room.snapshot).to have_attributes(epoch: "", version: 0, count: 0)
      clock.advance(1)
      room.join("ada")
      again, = registry.tick
      expect(again).to have_attributes(from: 0, version: 1)
      expect(again.epoch).not_to eq(first.epoch)
    end

    it "is net: coming and going in between is told to nobody" do
      room.join("ada")
      registry.tick
      joined_at = room.member("ada").joined_at
      clock.advance(0.05)
      room.leave("ada")
      room.join("bob")
      room.leave("bob")
      clock.advance(0.01)
      room.join("ada")
      expect(registry.tick).to eq([])
      expect(room.member("ada").joined_at).to eq(joined_at)
    end

    it "has whole states: joins, updates, leaves with their reasons" do
      room.join("ada", meta: { n: 1 })
      room.join("bob", ttl: 10)
      room.join("carl")
      registry.tick
      clock.advance(10)
      room.update("ada", meta: { n: 2 })
      room.leave("carl")
      room.join("dora", session: "x", meta: { m: 1 })
      room.join("dora", session: "y")
      diff, = registry.tick
      expect(diff.joins).to contain_exactly(have_attributes(id: "dora", metas: [{ "m" => 1 }, {}]))
      expect(diff.updates).to contain_exactly(have_attributes(id: "ada", metas: [{ "n" => 2 }]))
      expect(diff.leaves.map { |it| [it.id, it.reason] }).to contain_exactly(["bob", :expired], ["carl", :left])
      expect(diff.count).to eq(2)
    end

    context "where nothing waits for others" do
      let(:options) { { coalesce: 0 } }

      # More than one diff tells of.
      it "is followed by others until all of a crowd is told of, before a snapshot is taken" do
        told = diffs
        5_200.times { |n| room.join("user-#{n}") }
        expect(room.snapshot).to have_attributes(count: 5_200, version: told.last.version)
        expect(told.sum { |diff| diff.joins.size }).to eq(5_200)
      end
    end

    it "says nothing of an update that changes nothing" do
      room.join("ada", meta: { n: 1 })
      registry.tick
      clock.advance(1)
      room.update("ada", meta: { n: 1 })
      room.touch("ada")
      expect(registry.tick).to eq([])
    end

    it "is one a topic, and the topics' versions are their own" do
      2.times { |i| registry["t#{i}"].join("ada") }
      expect(registry.tick.map { |diff| [diff.topic, diff.version] }).to contain_exactly(["t0", 1], ["t1", 1])
    end

    it "reaches subscribers and handlers, each change once" do
      events = []
      registry.on { |event| events << [event.type, event.topic, event.id, event.reason, event.metas] }
      diffs
      room.join("ada", meta: { n: 1 })
      registry.tick
      room.update("ada", meta: { n: 2 })
      clock.advance(1)
      registry.tick
      clock.advance(30)
      registry.tick
      expect(events).to eq([[:join, "room:1", "ada", nil, [{ "n" => 1 }]], [:update, "room:1", "ada", nil, [{ "n" => 2 }]],
                            [:leave, "room:1", "ada", :expired, [{ "n" => 2 }]]])
      expect(diffs.map { |diff| [diff.from, diff.version] }).to eq([[0, 1], [1, 2], [2, 3]])
    end

    it "is JSON that a page can hold as it is" do
      registry["<room>"].join("</script>", meta: { "&" => "\u2028" })
      text = registry.tick.first.to_json
      expect(text).not_to match(/[<>&\u2028]/)
      expect(JSON.parse(text)).to include(
        "type" => "presence_diff", "topic" => "<room>", "from" => 0, "version" => 1, "count" => 1, "leaves" => [], "updates" => [],
        "joins" => [{ "id" => "</script>", "joined_at" => 1_790_000_000.123, "metas" => [{ "&" => "\u2028" }] }]
      )
    end
  end

  describe "the window between two diffs" do
    # Versions of the topic after each of these stretches of seconds: a position publishes what is due.
    def versions(*stretches)
      stretches.map do |seconds|
        clock.advance(seconds)
        room.position[1]
      end
    end

    it "widens with what there was to tell, up to max_coalesce, and narrows again" do
      100.times { |n| room.join(n) }
      expect(versions(0)).to eq([1])
      room.join("ada")
      expect(versions(0.499, 0.001)).to eq([1, 2])
      room.join("bob")
      expect(versions(0.099, 0.001)).to eq([2, 3])
      20.times { |n| room.leave(n) }
      expect(versions(0.099, 0.001)).to eq([3, 4])
      room.join("carl")
      expect(versions(0.199, 0.001)).to eq([4, 5])
    end
  end

  describe "a snapshot" do
    it "publishes what is pending when the window allows it" do
      diffs
      room.join("ada")
      expect(room.snapshot).to have_attributes(version: 1, count: 1)
      expect(diffs.map { |diff| short(diff) }).to eq(["+ada"])
      expect(registry.tick).to eq([])
    end

    it "shows what the diffs add up to, neither more nor less" do
      room.join("ada", meta: { n: 1 })
      registry.tick
      room.join("bob")
      room.leave("ada")
      expect(room.snapshot).to have_attributes(version: 1, count: 1)
      expect(room.snapshot.members).to contain_exactly(have_attributes(id: "ada", metas: [{ "n" => 1 }]))
      expect(room.ids).to eq(["bob"])
      expect(room.position).to eq([room.snapshot.epoch, 1, 1])
      clock.advance(0.5)
      expect(ids(room.snapshot.members)).to eq(["bob"])
    end

    it "leaves nobody on a page who joined and left before the next diff" do
      room.join("ada")
      registry.tick
      room.join("ghost")
      page = ids(room.snapshot.members)
      room.leave("ghost")
      registry.tick
      expect(page).to eq(["ada"])
    end

    it "is a presence_state as JSON" do
      room.join("ada", meta: { name: "Ada" })
      expect(JSON.parse(room.to_json)).to eq(
        "type" => "presence_state", "topic" => "room:1", "epoch" => room.snapshot.epoch, "version" => 1, "count" => 1,
        "heartbeat" => 10.0,
        "members" => [{ "id" => "ada", "joined_at" => 1_790_000_000.123, "metas" => [{ "name" => "Ada" }] }]
      )
    end

    it "is whole for Ruby and a sample for the clients of a large topic, back to a list below 80 %" do
      small = PresenceRs::Registry.new(store:, clock:, list_limit: 10, ttl: 30)
      large = small["large"]
      11.times { |i| large.join("m#{i}") }
      expect(small.tick.first).to be_sample
      expect(large.snapshot.members.size).to eq(11)
      expect(large.state).to have_attributes(sample?: true, count: 11)
      3.times { |i| large.leave("m#{i}") }
      expect(small.tick.first).to be_sample
      large.leave("m3")
      expect(small.tick.first).not_to be_sample
      expect(large.state).to have_attributes(sample?: false, count: 7)
    ensure
      small&.close
    end
  end
end
