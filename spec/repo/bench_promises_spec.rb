# frozen_string_literal: true

require_relative "../../bench/support/measure"
require_relative "../../bench/events/promises"
require_relative "../../bench/storm/restart"

# What is measured says nothing where the judge of it is blind.
RSpec.describe "bin/bench events --check" do
  subject(:short) { Bench::Events::Promises.short(ways, { quiet: [diff(14, 127)] * rounds, talking: [talking] * rounds }, across) }

  let(:ways) { { presence: { cpu_s: 2.0, missing: 0 }, stock: { cpu_s: 9.0 } } }
  let(:rounds) { 3 }
  let(:talking) { diff(13, 151) }
  let(:across) { { redis: { missing: 0, delay_ms: { median: 1.5, p99: 4.6, most: 8.4 } } } }

  def diff(median, p99) = { median:, p99:, most: p99 + 5 }

  it("finds nothing where all is well") { is_expected.to be_empty }

  context "when the median diff is late" do
    let(:talking) { diff(40, 151) }

    it { is_expected.to contain_exactly("diffs are late: 40 ms with events, 14 ms without") }
  end

  context "when one diff in a hundred is later by more than a window" do
    let(:talking) { diff(13, 228) }

    it { is_expected.to contain_exactly("one diff in a hundred is late: 228 ms with events, 127 ms without") }

    context "with a single round, as --quick has" do
      let(:rounds) { 1 }

      it { is_expected.to be_empty }
    end
  end

  context "when events are slow to reach another process" do
    before { across[:redis][:delay_ms] = { median: 25.0, p99: 130.0, most: 140.0 } }

    it "names both quantiles" do
      expect(short).to contain_exactly("25.0 ms to another process by redis, median, promised 10 at most",
                                       "130.0 ms to another process by redis, 99 %, promised 100 at most")
    end
  end

  context "when an event was lost on the way to another process" do
    before { across[:redis][:missing] = 1 }

    it { is_expected.to contain_exactly("1 of redis did not arrive") }
  end

  context "when nothing arrived in another process, so that there are no delays" do
    before { across[:redis] = { missing: 200, delay_ms: { median: nil, p99: nil, most: nil } } }

    it { is_expected.to contain_exactly("200 of redis did not arrive") }
  end
end

RSpec.describe "bin/bench storm --restart --check" do
  let(:found) { { complete: true, back: 60, span_ms: 8_286, busiest: 15, asked: 0, wrong: 0 } }

  def short(**other) = Bench::Storm::Restart.short(60 => found.merge(other))

  it("finds nothing where all is well") { expect(short).to be_empty }
  it("finds pages that come all at once") { expect(short(span_ms: 900, busiest: 60).size).to eq(2) }
  it("finds a crowd in one second of several") { expect(short(busiest: 31)).to eq(["31 of 60 pages come back in one second"]) }
  it("finds pages that all ask") { expect(short(asked: 60)).to eq(["60 of 60 pages ask for a state"]) }

  it "finds lists that are wrong" do
    expect(short(complete: false, wrong: 2)).to eq(["at 60 not all came back: 60 did, 2 lists are wrong"])
  end
end
