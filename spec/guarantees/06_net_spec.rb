# frozen_string_literal: true

# Guarantee 6: net. At most one diff a topic in a window; what cancels out within it is not told.
RSpec.describe "Net" do
  let(:clock) { PresenceRs::ManualClock.new }
  let(:registry) { PresenceRs::Registry.new(ttl: 45, coalesce: 0.1, max_coalesce: 0.5, clock:) }
  let(:room) { registry["room:1"] }

  # What a page that asks now is told: asking publishes what the window allows.
  def version = room.snapshot.version

  it "tells the first change after a quiet time at once, and those that follow when the window ends" do
    room.join("ada")
    expect(version).to eq(1)
    room.join("bob")
    room.join("carl")
    clock.advance(0.099)
    expect(version).to eq(1)
    clock.advance(0.001)
    expect(version).to eq(2)
    expect(room.snapshot.count).to eq(3)
  end

  it "tells nothing of a leave and a join that wait together, and the member keeps their joined_at" do
    room.join("ada")
    registry.tick
    joined_at = room.member("ada").joined_at
    clock.advance(0.05)
    room.leave("ada")
    clock.advance(0.04)
    room.join("ada")
    clock.advance(1)
    expect(registry.tick).to eq([])
    expect(room.member("ada").joined_at).to eq(joined_at)
  end

  it "widens the window under load, up to max_coalesce, and narrows it again" do
    1_000.times { |i| room.join(i) }
    expect(version).to eq(1)
    room.join("late")
    clock.advance(0.499)
    expect(version).to eq(1)
    clock.advance(0.001)
    expect(version).to eq(2)
    room.join("later")
    clock.advance(0.1)
    expect(version).to eq(3)
  end

  it "publishes every change by itself without a window" do
    plain = PresenceRs::Registry.new(coalesce: 0, clock:)["room:1"]
    versions = Array.new(3) { |i| [plain.join(i), plain.snapshot.version].last }
    expect(versions).to eq([1, 2, 3])
  end
end
