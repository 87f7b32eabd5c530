# frozen_string_literal: true

require "objspace"
require_relative "support"

RSpec.describe "Ruby's garbage collector" do
  let(:clock) { PresenceRs::ManualClock.new }
  let(:registry) { PresenceRs::Registry.new(ttl: 30, clock:) }

  after do
    GC.stress = false
    GC.auto_compact = false if GC.respond_to?(:auto_compact=)
    registry.close
  end

  # All of the API once; every String is made for the call, so that one that is let go too early is seen. Answers what
  # it got and what it should have got: with GC.stress on, matchers take longer than what they look at.
  def whole_api(number)
    seen = []
    handles = [registry.on(:join, :leave, :update, topic: "r*") { |event| seen << event.id },
               registry.subscribe { |diff| seen << diff.to_json }]
    room = registry["room:#{number}"]
    ada = "ada-#{number}"
    bob = "bob-#{number}"
    list = [1, nil, 2.5]
    [
      [room.join(ada, session: "s-#{number}", meta: { name: "Ada #{number}", list: }), true],
      [room.join(bob, meta: { at: "now" }, ttl: 300), true], [room.join(bob, session: "other"), false],
      [room.touch(ada, session: "s-#{number}"), true], [room.update(bob, meta: { typing: true }), true],
      [room.leave(bob, session: "other", linger: 3), false],
      [registry.tick.flat_map(&:joins).map(&:id), [ada, bob]],
      [room.online([ada, "nobody", bob]), [ada, bob]],
      [[room.online?(ada), room.count, room.ids], [true, 2, [ada, bob]]],
      [room.members.map(&:metas), [[{ "name" => "Ada #{number}", "list" => list }], [{ "typing" => true }]]],
      [[room.member(ada).sessions, room.last_seen_at(ada)], [1, clock.time.floor(3)]],
      [JSON.parse(room.to_json), room.snapshot.as_json], [registry.topics, [room.name]],
      [error { room.join("x" * 256) }, PresenceRs::InvalidName],
      [error { room.join(ada, meta: { x: "y" * 5_000 }) }, PresenceRs::MetaTooLarge],
      [error { room.join(ada, meta: { x: 0.0 / 0 }) }, PresenceRs::InvalidMeta],
      [clock.advance(31) && registry.tick.flat_map(&:leaves).map(&:reason), %i[expired]],
      [registry.leave_all(bob), true], [registry.tick.size, 1],
      [seen.size, 7], [ObjectSpace.memsize_of(registry.store).positive?, true]
    ].transpose
  ensure
    handles&.each(&:cancel)
  end

  def error
    yield
  rescue PresenceRs::Error => e
    e.class
  end

  def expect_as_ever(number)
    is, should = whole_api(number)
    GC.stress = false
    expect(is).to eq should
  end

  it "may run at every allocation" do
    expect_as_ever(0)
    GC.stress = 1 # what is young: it is the Strings of these calls that matter, and ten times faster
    expect_as_ever(1)
  end

  it "may move everything, at any time", if: GC.respond_to?(:compact) do
    8.times do |number|
      expect_as_ever(number)
      GC.compact
    end
    GC.auto_compact = true
    8.times do |number|
      expect_as_ever(number)
      GC.start
    end
  end

  it "may run in the middle of hard use" do
    use = HardUse.new
    GC.auto_compact = true if GC.respond_to?(:auto_compact=)
    worker = Thread.new { 3_000.times { use.call } }
    GC.start while worker.alive?
    worker.join

    wait_until("the diffs to add up to the lists") { use.settled? }
  ensure
    use.registry.close
  end

  it "makes no object for a touch, an online? and a count" do
    room = registry["x"]
    room.join("ada", session: "s1")
    made = lambda do
      before = GC.stat(:total_allocated_objects)
      room.touch("ada", session: "s1")
      room.online?("ada")
      room.count
      GC.stat(:total_allocated_objects) - before
    end

    # The first time Ruby makes the caches of these very call sites; and what it counts is what all threads make.
    expect(Array.new(20) { made.call }.min).to eq 0
  end

  it "gets everything back when a registry is dropped" do
    before = ObjectSpace.each_object(PresenceRs::Registry).count
    30.times { PresenceRs::Registry.new(clock:)["x"].join("a") }

    # A conservative collector may hold on to the last few, whose addresses are still on the stack.
    wait_until("registries to go") do
      GC.start
      ObjectSpace.each_object(PresenceRs::Registry).count < before + 10
    end
  end
end
