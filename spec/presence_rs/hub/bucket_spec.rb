# frozen_string_literal: true

require "spec_helper"
require "presence_rs/hub"

RSpec.describe PresenceRs::Hub::Bucket do
  subject(:bucket) { described_class.new(20, 40) }

  it "lets a burst through, and no more" do
    expect(Array.new(60) { bucket.take(0) }).to eq(([true] * 40) + ([false] * 20))
  end

  it "never refuses who keeps to the rate, whatever the jitter" do
    40.times { bucket.take(0) }
    moments = Array.new(1_000) { |n| 0.1 + (n / 20.0) + (n.even? ? 0.049 : 0) }
    expect(moments.map { |now| bucket.take(now) }).to all(be(true))
  end

  it "is full again after a rest, and no fuller" do
    40.times { bucket.take(0) }
    expect(Array.new(60) { bucket.take(100) }.count(true)).to eq(40)
  end

  it "lets through the rate of who asks all the time" do
    expect(Array.new(10_000) { |n| bucket.take(n / 1_000.0) }.count(true)).to be_between(239, 241)
  end
end
