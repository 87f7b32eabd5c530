# frozen_string_literal: true

require_relative "../model/support/follower"

# Processes of an application are killed in the middle of what they do, again and again, one every 200 ms.
#
#   REDIS_STORM=150 bundle exec rspec spec/processes/redis_crashes_spec.rb    # so many of them: 30 s
RSpec.describe "Processes on the redis store that are killed" do
  # Applies the diffs of a subscription as strictly as it can be done: a hole, a double or a wrong count raises.
  def replay(diffs)
    ModelSpec::Follower.new.tap { |follower| diffs.each { |diff| follower.apply(JSON.generate(diff)) } }
  end

  let(:server) { RedisServer.start }
  let(:ttl) { 2 }
  let(:killed) { Integer(ENV.fetch("REDIS_STORM", 15)) }

  after { server.stop }

  def start(name)
    RedisWorker.start(url: server.url, ttl: ttl, beat: 0.3).tap do |worker|
      5.times { |n| worker.ask("keep", "room:#{n % 2}", "#{name}-#{n}", worker.pid.to_s) }
    end
  end

  # Who is there by what a worker's subscription was told.
  def told(worker, topic) = replay(worker.diffs)[topic]["members"].keys.sort

  it "leave no ghost behind, lose nobody, and make no hole or double in the feed" do
    follower = RedisWorker.start(url: server.url, ttl: ttl)
    workers = Array.new(4) { |n| start("w#{n}") }
    names = Array.new(4) { |n| "w#{n}" }
    began = Waiting.now
    killed.times do |n|
      # When it is due, however long the one before took to be replaced.
      sleep [began + (0.2 * n) - Waiting.now, 0].max
      at = rand(4)
      workers[at].kill
      workers[at] = start(names[at] = "w#{at}-#{n}")
    end
    RSpec.configuration.reporter.message("#{killed} processes killed in #{(Waiting.now - began).round(1)} s")

    # Whoever is killed is over after its ttl; those who live are still there.
    { "room:0" => [0, 2, 4], "room:1" => [1, 3] }.each do |topic, numbers|
      expected = names.product(numbers).map { |name, n| "#{name}-#{n}" }.sort
      [follower, *workers].each do |worker|
        wait_until("the sessions of the killed to end", within: ttl + 30) { worker.ask("call", topic, "ids").sort == expected }
      end
      wait_until("the feed to say so", within: 30) { told(follower, topic) == expected }
    end
    expect(follower.diffs.map { |diff| diff["reset"] }).to all(be(false))
  end

  it "take their sessions with them, once" do
    survivor = RedisWorker.start(url: server.url, ttl: ttl)
    victim = start("v")
    wait_until { told(survivor, "room:0").size == 3 && told(survivor, "room:1").size == 2 }
    victim.kill
    wait_until("its sessions to end", within: ttl + 30) { %w[room:0 room:1].all? { |topic| told(survivor, topic).empty? } }
    diffs = survivor.diffs
    told_of = ->(kind) { diffs.flat_map { |diff| diff[kind] } }
    handled = -> { [survivor, victim].flat_map(&:events).filter_map { |event| event["id"] if event["type"] == "leave" }.tally }
    # Once for each time that they came: a victim that was not scheduled for its ttl has come twice.
    left = told_of["leaves"].map { |leave| leave["id"] }.tally
    expect(left.keys.sort).to eq(Array.new(5) { |n| "v-#{n}" })
    expect(told_of["joins"].map { |join| join["id"] }.tally).to eq(left)
    expect(told_of["leaves"].map { |leave| leave["reason"] }.uniq).to eq(["expired"])
    wait_until("the handlers to be told", within: 30) { handled.call.values.sum >= left.values.sum }
    expect(handled.call).to eq(left)
  end

  it "are told of by whoever is left, even by one that has nothing to do" do
    idle = Array.new(3) { RedisWorker.start(url: server.url, ttl: ttl) }
    victim = start("v")
    sizes = ->(worker) { %w[room:0 room:1].map { |topic| told(worker, topic).size } }
    wait_until(within: 30) { idle.all? { |worker| sizes[worker] == [3, 2] } }
    victim.kill
    idle.first.kill
    idle.drop(1).each do |worker|
      wait_until("the feed to bring the end", within: ttl + 30) { sizes[worker] == [0, 0] }
    end
  end
end
