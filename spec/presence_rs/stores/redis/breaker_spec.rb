# frozen_string_literal: true

RSpec.describe PresenceRs::Stores::Redis::Breaker do
  subject(:breaker) { described_class.new }

  let(:error) { IOError.new("away") }
  let(:clock) { [1_000.0] }

  before { allow(Process).to receive(:clock_gettime).with(Process::CLOCK_MONOTONIC) { clock.first } }

  # As one caller who is let in, and fails.
  def fail_once
    breaker.run do |probe|
      breaker.trip(error, probe:)
      raise error
    end
  rescue IOError
    nil
  end

  it "is open for a quarter of a second at first, however many fail at once" do
    5.times { breaker.trip(error) }
    expect([breaker.open?, breaker.pause]).to eq([true, 0.25])
    expect { breaker.run { "asked" } }.to raise_error(described_class::Open, /away a moment ago; it is asked again in 0.25 s/)
    expect { breaker.refuse }.to raise_error(described_class::Open)
  end

  it "is open for twice as long after each who finds out in vain, up to a second" do
    breaker.trip(error)
    pauses = Array.new(4) do
      clock[0] += breaker.pause
      fail_once
      breaker.pause
    end
    expect(pauses).to eq([0.5, 1.0, 1.0, 1.0])
  end

  it "lets one in to find out, and all after that" do
    breaker.trip(error)
    clock[0] += 0.25
    answer = breaker.run do |probe|
      expect { breaker.run { "asked" } }.to raise_error(described_class::Open)
      probe
    end
    expect([answer, breaker.open?, breaker.run { |probe| probe }]).to eq([true, false, false])
    expect { breaker.refuse }.not_to raise_error
    breaker.trip(error)
    expect(breaker.pause).to eq(0.25)
  end
end
