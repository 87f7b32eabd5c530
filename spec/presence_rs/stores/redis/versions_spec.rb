# frozen_string_literal: true

require "securerandom"

# A rolling deploy to a release whose keys are of another format: for a while both run, on one server, with one prefix.
RSpec.describe PresenceRs::Stores::Redis, "beside another version of itself" do
  let(:store) { [:redis, { url: RedisServer.shared.url, prefix: "v#{SecureRandom.hex(4)}", timeout: 5 }] }
  let(:clock) { PresenceRs::ManualClock.new }
  # Keys are named at the first call.
  let!(:old) { registry }
  let!(:new) do
    stub_const("PresenceRs::Stores::Redis::Keys::VERSION", PresenceRs::Stores::Redis::Keys::VERSION + 1)
    registry
  end

  after { [old, new].each(&:close) }

  def registry = PresenceRs::Registry.new(store:, clock:).tap { |made| made["room"].count }

  it "neither sees what the other has, nor hears of it, nor ends it" do
    told = [old, new].map { |registry| [].tap { |ids| registry.subscribe { |diff| ids.concat(diff.joins.map(&:id), diff.leaves.map(&:id)) } } }
    old["room"].join("ada")
    new["room"].join("bob")
    [old, new].each(&:tick)
    expect([old, new].map { |registry| registry["room"].ids }).to eq([["ada"], ["bob"]])
    new.leave_all("ada")
    new["room"].leave("bob")
    [new, old].each(&:tick)
    expect(old["room"].ids).to eq(["ada"])
    clock.advance(60)
    [new, old].each(&:tick)
    expect(old["room"].ids).to eq([])
    expect(told).to eq([%w[ada ada], %w[bob bob]])
  end
end
