# frozen_string_literal: true

# Guarantee 5: once. Each net change goes into one diff, once; handlers run once at most, and subscribers get every diff.
RSpec.describe "Once" do
  let(:registry) { PresenceRs::Registry.new(ttl: 45, coalesce: 0.01) }
  let(:room) { registry["room:1"] }

  after { registry.close }

  it "tells each join and leave once, alternating, though four threads hurry" do
    told = []
    registry.on(:join, :leave) { |event| told << [event.id, event.type] }
    Array.new(4) do |thread|
      Thread.new { 250.times { |i| room.join("m#{thread}-#{i}") && i.odd? && room.leave("m#{thread}-#{i}") } }
    end.each(&:join)
    registry.tick
    room.join("last")
    # What is told of one member is told in order: after this, all else has been told.
    wait_until("the last of them", within: 60) { told.last == ["last", :join] }
    registry.close
    by_member = told.group_by(&:first).transform_values { |list| list.map(&:last) }
    expect(by_member.values).to all(eq([:join]).or(eq(%i[join leave])))
    expect(by_member.keys).to include(*Array.new(4) { |thread| Array.new(125) { |i| "m#{thread}-#{2 * i}" } }.flatten)
  end

  it "gives subscribers every diff of a topic, in order" do
    versions = []
    registry.subscribe { |diff| versions << [diff.from, diff.version] }
    room.join("ada")
    20.times do |i|
      room.update("ada", meta: { i: })
      wait_until { room.snapshot.members.first.metas == [{ "i" => i }] }
    end
    wait_until { versions.size == room.snapshot.version }
    expect(versions).to eq(Array.new(versions.size) { |i| [i, i + 1] })
  end

  it "gives a subscriber that fell too far behind the whole list instead" do
    stub_const("PresenceRs::Subscription::LIMIT", 5)
    allow(PresenceRs).to receive(:report)
    gate = Thread::Queue.new
    got = []
    registry.subscribe do |diff|
      gate.pop
      got << diff
    end
    room.join("m0")
    wait_until { gate.num_waiting == 1 }
    30.times do |i|
      room.join("m#{i}")
      registry.tick
    end
    gate.close
    wait_until { got.last&.reset? || got.last&.count == 30 }
    wait_until { got.find(&:reset?) }
    reset = got.find(&:reset?)
    expect(reset.joins.map(&:id)).to eq(Array.new(30) { |i| "m#{i}" }.sort_by { |id| [room.member(id).joined_at, id] })
    expect(JSON.parse(reset.to_json)).to include("type" => "presence_state", "count" => 30)
    expect(PresenceRs).to have_received(:report).with(have_attributes(message: /5 diffs behind/), hash_including(topic: "room:1"))
  end

  it "runs what is pending for a handler before the process exits" do
    reader, writer = IO.pipe
    child = fork do
      reader.close
      mine = PresenceRs::Registry.new(coalesce: 10)
      mine.on(:join) do |event|
        Thread.pass
        writer.puts event.id
      end
      mine["r"].join("ada")
      mine["r"].join("bob")
      exit
    end
    writer.close
    Process.wait(child)
    expect(reader.read.split).to contain_exactly("ada", "bob")
  end
end
