# frozen_string_literal: true

# Guarantee 1: never stuck. A session lives until it leaves or its ttl passes with no word from the client.
RSpec.describe "Never stuck" do
  let(:clock) { PresenceRs::ManualClock.new }
  let(:registry) { PresenceRs::Registry.new(ttl: 45, clock:) }
  let(:room) { registry["room:1"] }

  it "forgets a member whose browser died without a word, once the ttl has passed" do
    room.join("ada")
    registry.tick
    clock.advance(45)
    expect(room.online?("ada")).to be(false)
    expect(registry.tick.flat_map(&:leaves)).to contain_exactly(have_attributes(id: "ada", reason: :expired))
  end

  it "prolongs a session for nothing but a word from the client" do
    room.join("ada")
    clock.advance(40)
    # Not an update, which the server may make, nor a read, nor a tick.
    room.update("ada", meta: { typing: true })
    room.member("ada")
    room.snapshot
    registry.tick
    clock.advance(5)
    expect(room.online?("ada")).to be(false)
  end

  it "needs no process to exit cleanly: one that was killed takes its members with it" do
    reader, writer = IO.pipe
    child = fork do
      PresenceRs["room:1"].join("ada")
      writer.puts PresenceRs["room:1"].count
      sleep
    end
    expect(reader.gets).to eq("1\n")
    Process.kill(:KILL, child)
    Process.wait(child)
    expect(PresenceRs["room:1"].count).to eq(0)
  end
end
