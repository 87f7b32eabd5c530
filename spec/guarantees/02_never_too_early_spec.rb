# frozen_string_literal: true

# Guarantee 2: never too early. A session is live while less than its ttl has passed since it was last heard from.
RSpec.describe "Never too early" do
  let(:clock) { PresenceRs::ManualClock.new }
  let(:registry) { PresenceRs::Registry.new(ttl: 45, clock:) }
  let(:room) { registry["room:1"] }

  it "counts the ttl from the last heartbeat, for ever" do
    room.join("ada")
    100.times do
      clock.advance(44.999)
      registry.tick
      expect(room.touch("ada")).to be(true)
    end
    expect(room.online?("ada")).to be(true)
  end

  it "keeps a member online while one of their tabs is" do
    room.join("ada", session: "phone", ttl: 300)
    room.join("ada", session: "laptop")
    clock.advance(299)
    expect(room.online?("ada")).to be(true)
    expect(room.member("ada").sessions).to eq(1)
  end

  it "holds on the real clock, too, which may be read some ms late but never early" do
    real = PresenceRs::Registry.new(ttl: 0.2, heartbeat: 0.1)
    too_early = 20.times.count do |i|
      started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      real["r"].join("m#{i}")
      Thread.pass while real["r"].online?("m#{i}")
      Process.clock_gettime(Process::CLOCK_MONOTONIC) - started < 0.2
    end
    expect(too_early).to eq(0)
  ensure
    real&.close
  end
end
