# frozen_string_literal: true

RSpec.describe PresenceRs::Stores::Redis::Timeline do
  subject(:time) { described_class.new }

  let(:machine) { [1_000_000] }

  before { allow(Process).to receive(:clock_gettime).with(Process::CLOCK_MONOTONIC, :millisecond) { machine.first } }

  def pass(milliseconds) = machine[0] += milliseconds

  it "does not count the time in which the process stood still, and says so to the store" do
    time.heard(0, 5_000_000)
    time.expect(800)
    pass(900)
    expect(time.now).to eq(1_000_900)
    pass(60_000)
    expect(time.now).to eq(1_000_800)
    expect(time.stamps(0)).to eq([5_060_900, 60_900])
    time.heard(0, 5_060_900)
    expect(time.stamps(0)).to eq([5_060_900, 0])
  end

  it "says for how long the store could not be asked" do
    expect(time.stamps(0)).to eq(["", 0])
    time.heard(0, 5_000_000)
    pass(7_000)
    expect(time.stamps(0)).to eq([5_007_000, 0])
    time.lost(0)
    pass(3_000)
    expect(time.stamps(0)).to eq([5_010_000, 10_000])
  end

  it "knows the server's clock no worse for an answer that took long, and follows it where it was set" do
    time.heard(0, 5_000_000)
    pass(2_000)
    time.heard(0, 5_001_200, machine.first - 900) # asked at 5_001_100 there, and told of 800 ms later
    expect(time.server).to eq(5_002_000)
    pass(1_000)
    time.heard(0, 5_003_040, machine.first - 10) # 40 ms ahead of what is known
    expect(time.server).to eq(5_003_040)
    pass(1_000)
    time.heard(0, 5_003_540, machine.first - 10) # half a second behind
    expect(time.server).to eq(5_003_540)
  end

  it "says by how much the server's clock was set ahead, and only of a quick answer" do
    time.heard(0, 5_000_000)
    pass(1_000)
    time.corrected(8_601_000, machine.first - 20)
    expect(time.stamps(0)).to eq([8_601_000, 3_600_000])
    time.heard(0, 8_601_000)
    pass(20_000)
    time.corrected(8_621_500, machine.first - 20_000)
    expect(time.stamps(0)).to eq([8_621_500, 0])
  end
end
