# frozen_string_literal: true

# Guarantee 8: bounded. Every size has a limit; reaching one is a clear error to that caller, and harms nobody else.
# The limits themselves are in the examples that every store passes; here is what happens to memory.
RSpec.describe "Bounded" do
  it "names the limit, its value and what to do, and changes nothing" do
    registry = PresenceRs::Registry.new(max_members_per_topic: 1, clock: PresenceRs::ManualClock.new)
    registry["r"].join("ada")
    expect { registry["r"].join("bob") }
      .to raise_error(PresenceRs::LimitExceeded, "max_members_per_topic is 1; nothing was changed. " \
                                                 "Raise config.max_members_per_topic if that is meant")
    expect(registry["r"].ids).to eq(["ada"])
  end

  it "keeps nothing of a topic without members once its last diff is out and its window has passed" do
    clock = PresenceRs::ManualClock.new
    registry = PresenceRs::Registry.new(clock:, coalesce: 0.1)
    registry["r"].join("ada")
    registry.tick
    registry["r"].leave("ada")
    registry.tick
    expect(registry.topics).to eq([])
    expect(registry["r"].snapshot).to have_attributes(epoch: "", version: 0, count: 0)
    clock.advance(1)
    registry.tick
    expect(registry["r"].snapshot).to have_attributes(epoch: "", version: 0, count: 0)
  end

  it "ends with the memory it began with after a million joins and leaves on 1,000 topics" do
    registry = PresenceRs::Registry.new(coalesce: 0.01, last_seen_limit: 1_000)
    topics = Array.new(1_000) { |i| registry["topic:#{i}"] }
    churn = lambda do |rounds|
      rounds.times { |round| topics.each { |topic| topic.join("m#{round}", meta: { n: round }) && topic.leave("m#{round}") } }
      registry.tick
      wait_until { registry.topics.empty? }
      GC.start
    end
    churn.call(100)
    before = rss
    churn.call(1_000)
    expect(registry.topics).to eq([])
    expect(rss).to be < before * 1.1
  ensure
    registry&.close
  end

  def rss = File.read("/proc/self/status")[/VmRSS:\s+(\d+)/, 1].to_i
end
