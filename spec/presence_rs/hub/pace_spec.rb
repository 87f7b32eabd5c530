# frozen_string_literal: true

require "spec_helper"
require "presence_rs/hub/pace"

RSpec.describe PresenceRs::Hub::Pace do
  subject(:pace) { described_class.new(3, 1) }

  it "lets three happen in any second, not four" do
    expect([0, 0.1, 0.2, 0.3].map { |now| pace.take(now) }).to eq([true, true, true, false])
  end

  it "lets the next one happen a second after the first of three" do
    [0, 0.1, 0.2].each { |now| pace.take(now) }
    expect(pace.take(0.999)).to be(false)
    expect(pace.take(1.0)).to be(true)
    expect(pace.take(1.0)).to be(false)
    expect(pace.take(1.1)).to be(true)
  end

  it "says how long to wait" do
    [0, 0.25, 0.5].each { |now| pace.take(now) }
    expect(pace.wait(0.5)).to eq(0.5)
    expect(pace.wait(1.5)).to eq(0)
  end

  it "counts only what happened" do
    50.times { pace.take(0) }
    expect(pace.take(1)).to be(true)
  end
end
