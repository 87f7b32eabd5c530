# frozen_string_literal: true

# Guarantee 4: idempotent. Calls may be repeated and reordered.
RSpec.describe "Idempotent" do
  let(:clock) { PresenceRs::ManualClock.new }
  let(:registry) { PresenceRs::Registry.new(ttl: 45, clock:) }
  let(:room) { registry["room:1"] }

  it "joins a session once, however often it says so; the last meta and ttl count" do
    expect(room.join("ada", meta: { n: 1 })).to be(true)
    expect(room.join("ada", meta: { n: 2 }, ttl: 100)).to be(false)
    expect(room.member("ada")).to have_attributes(sessions: 1, metas: [{ "n" => 2 }])
    clock.advance(99)
    expect(room.online?("ada")).to be(true)
  end

  it "leaves and touches what is not there without an effect" do
    room.join("ada", session: "new")
    expect(room.leave("ada", session: "old")).to be(false)
    expect(room.touch("ada", session: "old")).to be(false)
    expect(room.member("ada").sessions).to eq(1)
  end

  it "ends with a leave its own session only: the late goodbye of a page does not end the next page" do
    room.join("ada", session: "page 1")
    room.join("ada", session: "page 2")
    room.leave("ada", session: "page 1", linger: 3)
    clock.advance(10)
    expect(room.online?("ada")).to be(true)
  end
end
