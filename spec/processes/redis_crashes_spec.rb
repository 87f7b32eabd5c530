# frozen_string_literal: true

require_relative "../model/support/follower"

# Processes of an application are killed in the middle of what they do, again and again.
#
#   REDIS_STORM=30 bundle exec rspec spec/processes/redis_crashes_spec.rb    # for so many seconds
RSpec.describe "Processes on the redis store that are killed" do
  # Applies the diffs of a subscription as strictly as it can be done: a hole, a double or a wrong count raises.
  def replay(diffs)
    ModelSpec::Follower.new.tap { |follower| diffs.each { |diff| follower.apply(JSON.generate(diff)) } }
  end

  let(:server) { RedisServer.start }
  let(:ttl) { 2 }
  let(:seconds) { Float(ENV.fetch("REDIS_STORM", 6)) }

  after { server.stop }

  def start(name)
    RedisWorker.start(url: server.url, ttl: ttl, beat: 0.3).tap do |worker|
      5.times { |n| worker.ask("keep", "room:#{n % 2}", "#{name}-#{n}", worker.pid.to_s) }
    end
  end

  it "leave no ghost behind, lose nobody, and make no hole or double in the feed" do
    follower = RedisWorker.start(url: server.url, ttl: ttl)
    workers = Array.new(4) { |n| start("w#{n}") }
    deadline = Waiting.now + seconds
    killed = 0
    while Waiting.now < deadline
      at = rand(4)
      workers[at].kill
      killed += 1
      workers[at] = start("w#{at}-#{killed}")
      sleep 0.2
    end

    # Whoever is killed is over after its ttl; those who live are still there.
    wait_until("the sessions of the killed to end", within: ttl + 5) do
      counts = %w[room:0 room:1].map { |topic| follower.ask("call", topic, "count") }
      counts == [12, 8]
    end
    %w[room:0 room:1].each do |topic|
      expected = follower.ask("call", topic, "ids").sort
      workers.each { |worker| expect(worker.ask("call", topic, "ids").sort).to eq(expected) }
      told = wait_until("the feed to say so") do
        members = replay(follower.diffs)[topic]["members"].keys.sort
        members if members == expected
      end
      expect(told).to eq(expected)
    end
    expect(killed).to be > 2 * seconds
    expect(follower.diffs.map { |diff| diff["reset"] }).to all(be(false))
  end

  it "take their sessions with them, once" do
    survivor = RedisWorker.start(url: server.url, ttl: ttl)
    victim = start("v")
    wait_until { survivor.ask("call", "room:0", "count") == 3 }
    victim.kill
    wait_until(within: ttl + 5) { survivor.ask("topics").empty? }
    wait_until { survivor.diffs.sum { |diff| diff["leaves"].size } == 5 }
    leaves = survivor.diffs.flat_map { |diff| diff["leaves"] }
    expect(leaves.map { |leave| leave["id"] }.sort).to eq(Array.new(5) { |n| "v-#{n}" })
    expect(leaves.map { |leave| leave["reason"] }.uniq).to eq(["expired"])
    expect(survivor.events.count { |event| event["type"] == "leave" }).to eq(5)
  end

  it "are told of by whoever is left, even by one that has nothing to do" do
    idle = Array.new(3) { RedisWorker.start(url: server.url, ttl: ttl) }
    victim = start("v")
    wait_until { idle.all? { |worker| worker.diffs.sum { |diff| diff["joins"].size } == 5 } }
    victim.kill
    idle.first.kill
    idle.drop(1).each do |worker|
      wait_until("the feed to bring the end", within: ttl + 8) { worker.diffs.sum { |diff| diff["leaves"].size } == 5 }
    end
  end
end
