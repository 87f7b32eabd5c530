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

  # It has asked before, and goes by the clock that is set since, as by one that has gone on.
  def go_on(seconds, registry)
    time = registry.store.instance_variable_get(:@time)
    time.instance_variable_set(:@offset, time.instance_variable_get(:@offset) + (seconds * 1000))
  end

  # Nobody is there, until another registry asks again, which knows nothing of the time between.
  def count_after_lull(idle)
    idle["room"].count
    keeper.close
    set_clock(40)
    go_on(40, idle)
    idle["room"].count
  end

  # What a process knows that could not ask for so long.
  def suffer(seconds, registry)
    time = registry.store.instance_variable_get(:@time)
    offset, heard = %i[@offset @heard].map { |name| time.instance_variable_get(name) }
    time.instance_variable_set(:@offset, offset + (seconds * 1000))
    heard[0] -= seconds * 1000
    time.lost(0)
  end

  it "says nobody to have left whose process tells of it, though one that knows nothing asks first" do
    gate = Thread::Queue.new
    idle = registry.tap { |it| it["room"].count }
    allow(keeper.store).to receive(:tick).and_wrap_original { |tick, *arguments| gate.pop || tick.call(*arguments) }
    keeper["room"].join("last", session: "s", ttl: 60) # so that a tick that had begun is over
    set_clock(40)
    suffer(40, keeper)
    go_on(40, idle)
    expect([idle["room"].count, idle["room"].ids.size]).to eq([6, 6])
    gate.close
    clock = keeper.store.instance_variable_get(:@keys).declared(0).first
    wait_until("the keeper to tell", within: 60) { server.call("HGET", clock, "skip").to_i >= 40_000 }
    expect([idle["room"].count, keeper["room"].count, leaves.size]).to eq([6, 6, 0])
  end

  it "counts after all where no process tells of it" do
    idle = registry(timeout: 3)
    expect(count_after_lull(idle)).to eq(5)
    wait_until("them to be over", within: 30) { idle["room"].count.zero? }
    expect(idle["room"].online?("m1")).to be(false)
  end

  it "is none as long as it may take until another process ticks in place of one that has died" do
    idle = registry(timeout: 3)
    keeper["room"].join("brief", session: "s", ttl: 4)
    wait_until("it to be told") { idle["room"].position[2] == 6 }
    keeper.close
    set_clock(9)
    go_on(9, idle)
    expect([idle["room"].online?("brief"), idle["room"].count]).to eq([false, 5])
  end

  it "counts at once for a process that has never asked before" do
    keeper.close
    set_clock(40)
    started = registry
    expect([started["room"].online?("m1"), started["room"].count]).to eq([false, 0])
  end

  it "takes nothing from those who join right after it" do
    idle = registry(timeout: 3)
    expect(count_after_lull(idle)).to eq(5)
    idle["room"].join("late", session: "s", ttl: 20)
    wait_until("the others to be over", within: 30) { idle["room"].ids == ["late"] }
    set_clock(15)
    expect(idle["room"].ids).to eq(["late"])
  end
end
