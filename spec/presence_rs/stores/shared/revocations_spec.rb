# frozen_string_literal: true

require "tmpdir"

# Whoever is sent away in one process stays away, whatever sockets of theirs do in the others meanwhile.
RSpec.describe PresenceRs::Stores::Shared, "and those who are sent away" do
  let(:clock) { PresenceRs::ManualClock.new }
  # Two processes' registries; neither hears of the other before it is told to.
  let(:here) { PresenceRs::Registry.new(store: [:shared, { path: }], clock:, ttl: 30) }
  let(:there) { PresenceRs::Registry.new(store: [:shared, { path: }], clock:, ttl: 30) }
  let(:path) { File.join(@directory, "presence") }

  around { |example| Dir.mktmpdir { |directory| (@directory = directory) && example.run } }
  after { [here, there].each(&:close) }

  it "are not brought back by a session that began before" do
    mark = there.mark
    there["room"].join("ada", session: "socket", since: mark)
    here.leave_all("ada")
    expect(there["room"].touch("ada", session: "socket")).to be(false)
    expect(there["room"].join("ada", session: "socket", since: mark)).to be(false)
    expect(here["room"].online?("ada")).to be(false)
  end

  it "are not brought back by one that had expired by then" do
    mark = there.mark
    there["room"].join("ada", session: "socket", since: mark)
    clock.advance(30)
    here.leave_all("ada")
    expect(there["room"].join("ada", session: "socket", since: mark)).to be(false)
    expect(there["room"].ids).to eq([])
  end

  it "come back by a session that begins after that, and by a join of the application's own" do
    there["room"].join("ada")
    here.leave_all("ada")
    expect(there["room"].join("ada", session: "new", since: there.mark)).to be(true)
    here.leave_all("ada")
    expect(there["room"].join("ada")).to be(true)
  end

  it "are sent away from one topic alone, where that is what was said" do
    mark = there.mark
    %w[room other].each { |topic| there[topic].join("ada", since: mark) }
    here["room"].leave_all("ada")
    expect(there["room"].join("ada", since: mark)).to be(false)
    expect(there["other"].join("ada", since: mark)).to be(false)
    expect([there["room"].ids, there["other"].ids]).to eq([[], ["ada"]])
  end

  it "are told of to the other processes, with where the store was then, and not to their own" do
    told = { here => [], there => [] }
    told.each { |registry, list| allow(registry.hub).to receive(:revoke) { |*arguments| list << arguments } }
    before = there.mark
    here.leave_all("ada")
    here["room"].leave_all("bob")
    told.each_key(&:dispatch)
    expect(told[here]).to eq([[nil, "ada"], %w[room bob]])
    expect(told[there]).to match([[nil, "ada", be > before], ["room", "bob", be > before]])
  end

  it "are remembered, the last ten thousand of them" do
    mark = there.mark
    here.leave_all("first")
    10_000.times { |n| here["room"].leave_all("m#{n}") }
    expect(there["room"].join("m0", since: mark)).to be(false)
    expect(there["room"].join("first", since: mark)).to be(true)
  end

  it "are compared rightly in a store that was begun anew" do
    mark = there.mark
    FileUtils.rm_rf(path)
    [here, there].each { |registry| registry.store.send(:release) }
    here.leave_all("ada")
    expect(there.mark).to be > mark
    expect(there["room"].join("ada", since: mark)).to be(false)
  end
end
