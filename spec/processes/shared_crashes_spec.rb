# frozen_string_literal: true

require_relative "../model/support/follower"
require_relative "support/shared/lives"
require_relative "support/shared/worker"

# Processes of an application are killed in the middle of what they do, again and again.
#
#   SHARED_STORM=150 bundle exec rspec spec/processes/shared_crashes_spec.rb    # so many of them, five a second: 30 s
RSpec.describe "Processes on the shared store that are killed" do
  let(:path) { File.join(@directory, "presence") }
  let(:ttl) { 2 }
  let(:killed) { Integer(ENV.fetch("SHARED_STORM", 15)) }
  let(:lives) { SharedSpec::Lives.new(ttl) }

  around { |example| Dir.mktmpdir { |directory| (@directory = directory) && example.run } }

  # Applies the diffs of a subscription as strictly as it can be done: a hole, a double or a wrong count raises.
  def replay(diffs)
    ModelSpec::Follower.new.tap { |follower| diffs.each { |diff| follower.apply(JSON.generate(diff)) } }
  end

  def worker(**options) = SharedWorker.start(path:, ttl:, **options)

  def start(name)
    worker(beat: 0.3).tap do |worker|
      lives.keep(worker, name)
      worker.send("burst", "room:#{name.hash % 2}", name, 60)
    end
  end

  it "leave no ghost behind, lose nobody, make no hole or double in the feed, and call no handler twice" do
    # It lives through all of it, and so do those whom it keeps.
    follower = worker.tap { |it| lives.keep(it, "steady") }
    workers = Array.new(4) { |n| start("w#{n}") }
    all = workers.dup
    killed.times do |n|
      at = rand(4)
      lives.kill(workers[at])
      all << workers[at] = start("w#{at}-#{n}")
      sleep 0.2
    end
    # The bursts end with their processes; those who keep theirs alive begin anew.
    workers.each { |worker| lives.kill(worker) }
    names = Array.new(4) { |n| "last-#{n}" }
    workers = names.map { |name| worker(beat: 0.3).tap { |it| lives.keep(it, name) } }
    all.concat(workers)
    names << "steady"

    # Whoever is killed is over after its ttl; those who live are still there.
    expected = [[0, 2, 4], [1, 3]].map { |numbers| names.product(numbers).map { |name, n| "#{name}-#{n}" }.sort }
    expected.each_with_index do |ids, n|
      [follower, *workers].each do |it|
        wait_until("the sessions of the killed to end", within: ttl + 30) { it.ask("call", "room:#{n}", "ids").sort == ids }
      end
      wait_until("the feed to say so", within: 30) { replay(follower.diffs)["room:#{n}"]["members"].keys.sort == ids }
    end
    expect(follower.diffs.map { |diff| diff["reset"] }).to all(be(false))
    expect(lives.lost(follower.diffs)).to eq([])
    # A busy machine is no error.
    expect(follower.ask("errors").grep_v(/StoreUnavailable/)).to eq([])

    told = all.push(follower).flat_map(&:events).map { |event| event.values_at("topic", "version", "id", "type") }
    expect(told).not_to be_empty
    expect(told.tally.select { |_, times| times > 1 }).to eq({})
  end

  it "in the middle of a write have changed nothing, and hold up nobody" do
    witness = worker
    victim = worker
    victim.ask("keep", "room", "ada", "tab")
    victim.send("store", "halfway", Signal.list.fetch("KILL"))
    victim.wait
    # Of a lock that nobody gives back it would be told after half a second that it cannot be had.
    expect(witness.ask("call", "room", "join", "bob")).to be(true)
    expect(witness.ask("registry", "topics")).to eq(["room"])
    wait_until("the end of what the victim kept", within: 30) { witness.ask("call", "room", "ids").empty? }
    wait_until(within: 30) { witness.diffs.sum { |diff| diff["leaves"].size } == 2 }
    expect(replay(witness.diffs)["room"]["members"]).to eq({})
  end

  it "are told of by whoever is left, even by one that has nothing to do" do
    idle = Array.new(3) { worker }
    victim = worker
    5.times { |n| victim.ask("keep", "room", "v-#{n}", "tab") }
    size = ->(it) { replay(it.diffs)["room"]["members"].size }
    wait_until(within: 30) { idle.all? { |it| size[it] == 5 } }
    victim.kill
    idle.first.kill
    idle.drop(1).each do |it|
      wait_until("the feed to bring the end", within: ttl + 30) { size[it].zero? }
    end
    leaves = idle.last.diffs.flat_map { |diff| diff["leaves"] }
    expect(leaves.map { |leave| leave["reason"] }.uniq).to eq(["expired"])
  end
end
