# frozen_string_literal: true

# Guarantee 3: reads tell the truth. No read but a snapshot shows an expired session, swept or not; a snapshot shows what
# the diffs up to its version add up to.
RSpec.describe "Reads tell the truth" do
  let(:clock) { PresenceRs::ManualClock.new }
  let(:registry) { PresenceRs::Registry.new(ttl: 45, coalesce: 0.1, clock:) }
  let(:room) { registry["room:1"] }

  it "shows no expired session in any read, though nothing was swept" do
    room.join("ada")
    clock.advance(45)
    expect(
      [room.online?("ada"), room.count, room.ids, room.members, room.member("ada"), room.online(["ada"]), registry.topics]
    ).to eq([false, 0, [], [], nil, [], []])
  end

  it "shows in a snapshot what followers of the diffs know at that version" do
    known = {}
    registry.subscribe do |diff|
      (diff.joins + diff.updates).each { |member| known[member.id] = member.metas }
      diff.leaves.each { |member| known.delete(member.id) }
    end
    random = Random.new(42)
    300.times do
      id = "m#{random.rand(8)}"
      case random.rand(5)
      when 0, 1 then room.join(id, meta: { n: random.rand(3) })
      when 2 then room.leave(id, linger: random.rand(2))
      when 3 then clock.advance(random.rand * 20)
      else registry.tick
      end
      snapshot = room.snapshot
      expect(snapshot.members.to_h { |member| [member.id, member.metas] }).to eq(known)
      expect(snapshot.count).to eq(known.size)
    end
  end

  it "leaves nobody on a page for good whose join was undone before it was told" do
    room.join("ada")
    registry.tick
    room.join("bob")
    page = room.snapshot.members.map(&:id) # a page that loads now
    room.leave("bob")
    told = registry.tick.flat_map(&:leaves)
    expect([page, told]).to eq([["ada"], []])
  end

  it "lags by the window at most, and not at all without one" do
    room.join("ada")
    expect(room.snapshot.count).to eq(1)
    room.join("bob")
    expect(room.snapshot.count).to eq(1)
    clock.advance(0.1)
    expect(room.snapshot.count).to eq(2)

    at_once = PresenceRs::Registry.new(ttl: 45, coalesce: 0, clock:)["room:1"]
    5.times { |i| expect([at_once.join(i), at_once.snapshot.count]).to eq([true, i + 1]) }
    clock.advance(45)
    expect(at_once.snapshot.count).to eq(0)
  end
end
