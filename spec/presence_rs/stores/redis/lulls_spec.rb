# frozen_string_literal: true

# A time in which nobody asks the server: an outage, of which only those know who tried, or nobody was there.
RSpec.describe PresenceRs::Stores::Redis, "and a time in which nobody has asked its server" do
  include_context "with a server whose clock can be set"

  let(:keeper) { registry }
  let(:leaves) { Thread::Queue.new }

  before do
    keeper.subscribe { |diff| diff.reset? || diff.leaves.each { |leave| leaves << [leave.id, leave.reason] } }
    5.times { |n| keeper["room"].join("m#{n}", session: "s") }
    wait_until("all to be told") { keeper["room"].position[2] == 5 }
  end

  # Nobody is there, until another registry asks for the first time, which does not know that the clock was set.
  def count_after_lull(idle)
    keeper.close
    set_clock(40)
    idle["room"].count
  end

  it "says nobody to have left whose process tells of it, though one that knows nothing asks first" do
    idle = registry
    allow(keeper.store).to receive(:tick).and_return(true)
    set_clock(40)
    expect([idle["room"].count, idle["room"].ids.size]).to eq([5, 5])
    allow(keeper.store).to receive(:tick).and_call_original
    before = server.scripts_called
    wait_until("the keeper to tick", within: 60) { server.scripts_called > before + 4 }
    5.times { |n| expect(keeper["room"].touch("m#{n}", session: "s")).to be(true) }
    set_clock(20)
    wait_until("the keeper to tell", within: 60) { keeper["room"].count == 5 && idle["room"].online?("m1") }
    expect([idle["room"].count, leaves.size]).to eq([5, 0])
  end

  it "counts after all where no process tells of it" do
    idle = registry(timeout: 0.5)
    expect(count_after_lull(idle)).to eq(5)
    wait_until("them to be over", within: 30) { idle["room"].count.zero? }
    expect(idle["room"].online?("m1")).to be(false)
  end

  it "takes nothing from those who join right after it" do
    idle = registry(timeout: 0.5)
    expect(count_after_lull(idle)).to eq(5)
    idle["room"].join("late", session: "s", ttl: 20)
    wait_until("the others to be over", within: 30) { idle["room"].ids == ["late"] }
    set_clock(15)
    expect(idle["room"].ids).to eq(["late"])
  end
end
