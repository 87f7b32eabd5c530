# frozen_string_literal: true

# The server's clock, set by somebody, and commands that were held up.
RSpec.describe PresenceRs::Stores::Redis, "and its server's clock" do
  include_context "with a server whose clock can be set"

  let(:registries) { Array.new(2) { registry } }
  let(:room) { registries.first["room"] }
  let(:leaves) { Thread::Queue.new }

  before do
    registries.each { |it| it.subscribe { |diff| diff.reset? || diff.leaves.each { |leave| leaves << [leave.id, leave.reason] } } }
  end

  # Both have ticked since.
  def let_tick
    before = server.scripts_called
    wait_until("both to tick", within: 60) { server.scripts_called > before + 8 }
  end

  it "may be set ahead: nobody leaves who is heard right after" do
    20.times { |n| registries[n % 2]["room"].join("m#{n}", session: "s") }
    wait_until { room.position[2] == 20 }
    set_clock(85)
    20.times { |n| registries[n % 2]["room"].touch("m#{n}", session: "s") }
    let_tick
    expect([room.count, leaves.size]).to eq([20, 0])
    expect(room.join("late")).to be(true)
    # Who comes and goes before a tick that is late is not told of.
    wait_until { room.position[2] == 21 }
    room.join("late", ttl: 1)
    expect(leaves.pop(timeout: 30)).to eq(["late", :expired])
    expect(room.count).to eq(20)
  end

  it "may be set back: nobody stays for longer" do
    room.join("ada", session: "s")
    room.join("bob", session: "s")
    wait_until { room.position[2] == 2 }
    room.join("bob", session: "s", ttl: 2)
    set_clock(-85)
    expect(leaves.pop(timeout: 30)).to eq(["bob", :expired])
    expect(room.ids).to eq(["ada"])
    expect(registries.last["room"].touch("ada", session: "s")).to be(true)
  end

  it "tells a command that was held up, which does nothing any more" do
    room.join("ada", session: "s")
    store = registries.first.store
    scripts, keys, link = %i[@scripts @keys @link].map { |name| store.instance_variable_get(name) }
    # Long ago, and just when its caller had given up: who takes a diff after that handles it no more.
    [20, 5.1].each do |seconds|
      before = ((Time.now.to_f - seconds) * 1000).round
      answer = link.run(scripts[:leave], keys.declared(0), ["token", before, 0, "room", "ada", "s", 0, 0])
      expect(answer.size).to eq(1)
      expect(answer.first).to be_negative
    end
    expect(room.online?("ada")).to be(true)
  end
end
