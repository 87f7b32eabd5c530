# frozen_string_literal: true

require_relative "../model/support/follower"
require_relative "support/shared/worker"

# Children of a process that uses the shared store open it anew, by themselves, whatever the parent is doing just then.
RSpec.describe "Forks of a process on the shared store" do
  let(:path) { File.join(@directory, "presence") }
  let(:registry) { PresenceRs::Registry.new(store: [:shared, { path: }], ttl: 30, coalesce: 0.02) }
  let(:room) { registry["room"] }

  around { |example| Dir.mktmpdir { |directory| (@directory = directory) && example.run } }
  after { registry.close }

  # Runs a block in a child; what it answers comes back.
  def in_child
    reader, writer = IO.pipe
    pid = fork do
      reader.close
      writer.write(Marshal.dump(yield))
      writer.close
      exit!(0)
    rescue Exception => e # rubocop:disable Lint/RescueException
      warn e.full_message
      exit!(1)
    end
    writer.close
    expect(reader.wait_readable(60)).to be_truthy, "the child hangs"
    result = reader.read
    Process.wait(pid)
    Marshal.load(result)
  end

  it "see what their parent has done, and the other way round" do
    room.join("ada")
    expect(in_child { [room.ids, room.join("bob"), room.touch("ada"), room.ids.sort] }).to eq([["ada"], true, true, %w[ada bob]])
    expect(room.ids.sort).to eq(%w[ada bob])
    expect(room.touch("bob")).to be(true)
  end

  it "leave their parent's handles as they are, however they end" do
    room.join("ada")
    in_child { room.count }
    in_child { registry.close }
    in_child { GC.start && registry.tick.size }
    pid = fork { exit }
    Process.wait(pid)
    expect([room.touch("ada"), room.count, room.join("bob")]).to eq([true, 1, true])
    # Whoever looks for dead readers finds none of the living.
    in_child { 200.times { |n| registry["t#{n}"].join("x") } }
    expect(registry.topics.size).to eq(201)
  end

  it "take diffs of their own, and run their own handlers for them" do
    events = Queue.new
    registry.on { |event| events << [Process.pid, event.id] }
    child, joined, there = in_child do
      joined = []
      # Another process takes a diff where the one that it is of is late.
      wait_until("an own one", within: 50, every: 0.1) { room.join(joined.push("bob-#{joined.size}").last) && events.size.positive? }
      registry.close
      [Process.pid, joined, Array.new(events.size) { events.pop }]
    end
    room.join("ada")
    wait_until("all to be told", within: 30) { events.size + there.size == joined.size + 1 }
    here = Array.new(events.size) { events.pop }
    expect([there, here].map { |told| told.map(&:first).uniq }).to eq([[child], [Process.pid]])
    expect((here + there).map(&:last).sort).to eq(["ada", *joined].sort)
  end

  it "of forks work too" do
    room.join("ada")
    expect(in_child { in_child { room.join("eve") && room.ids.sort } }).to eq(%w[ada eve])
    expect(room.ids.sort).to eq(%w[ada eve])
  end

  it "in the middle of a transaction hang nobody" do
    busy = SharedWorker.start(path:, ttl: 20)
    loads = Array.new(2) { SharedWorker.start(path:, ttl: 2) }
    loads.each_with_index { |worker, n| worker.send("burst", "load", "w#{n}", 60) }
    busy.ask("keep", "kept", "ada", "tab")
    # Threads of the process that forks write all the while, and its ticker publishes.
    busy.send("forks", 200)
    expect(busy.answer(within: 200)).to eq("0" => 200)
    expect(busy.ask("call", "kept", "ids")).to eq(["ada"])
    loads.each(&:kill)
    # A busy machine is no error.
    expect(busy.ask("errors").grep_v(/StoreUnavailable/)).to eq([])
    wait_until(within: 60) { busy.ask("call", "forks", "count").zero? }
    follower = ModelSpec::Follower.new
    busy.diffs.each { |diff| follower.apply(JSON.generate(diff)) }
  end
end
