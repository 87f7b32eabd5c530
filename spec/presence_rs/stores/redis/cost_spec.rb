# frozen_string_literal: true

# What is left behind, and what is done when there is nothing to do.
RSpec.describe PresenceRs::Stores::Redis, "and what it costs" do
  let(:server) { RedisServer.start }

  before { @made = [] }

  after do
    @made.each(&:close)
    server.stop
  end

  def registry(**settings)
    PresenceRs::Registry.new(store: [:redis, { url: server.url, timeout: 5, pool: 1, prefix: "cost" }], sweep_interval: 0.4, **settings)
                        .tap { |made| @made << made }
  end

  # @return [Array(Integer, Integer)] scripts that were called, and commands in them
  def work
    calls = server.call("INFO", "commandstats").scan(/^cmdstat_([^:]+):calls=(\d+)/).to_h.transform_values(&:to_i)
    [calls.fetch("evalsha", 0), calls.except("evalsha", "eval", "info", "hello", "config|get", "client|setinfo").values.sum]
  end

  # What ten of the scripts cost that are called while nothing happens.
  # @return [Array(Float, Float)] commands for each, and seconds from the first to the last
  def idle
    before = work
    started = Waiting.now
    wait_until("scripts to be called", within: 60) { server.scripts_called >= before.first + 10 }
    took = Waiting.now - started
    scripts, commands = work.zip(before).map { |is, was| is - was }
    [commands.fdiv(scripts), took]
  end

  def scripts(seconds)
    before = server.scripts_called
    sleep seconds
    server.scripts_called - before
  end

  it "lets every key expire by itself, some time after the last session" do
    stub_const("PresenceRs::Stores::Redis::Scripts::INLINE", { INLINE_MEMBERS: 2, INLINE_BYTES: 8_192 })
    stub_const("PresenceRs::Stores::Redis::Scripts::KEEP", 2_000)
    one = registry(ttl: 2, heartbeat: 1, request_ttl: 2, last_seen_for: 2)
    3.times { |round| 5.times { |n| one["room:#{n % 2}"].join("m#{n}-#{round}") } }
    one["visits"].visit("ada")
    one["room:0"].leave("m0-0")
    one["short"].join("x")
    one["short"].leave("x")
    one.tick
    one.leave_all("nobody")
    keys = server.keys
    expect(keys.size).to be > 8
    # Who was sent away is remembered for longer than an outage, and who stands by for some rounds.
    lasting = keys.select { |key| server.call("PTTL", key) > 60_000 }
    expect(lasting.map { |key| key[/:.\z/] } - [":r", ":o"]).to eq([])
    expect(keys.select { |key| server.call("PTTL", key) == -1 }).to eq([])
    # Nobody ticks any more.
    one.store.define_singleton_method(:tick) { |_force| true }
    @made.delete(one).close
    wait_until("the keys to expire", within: 120) { (server.keys - lasting).empty? }
  end

  it "lets the keys live on for at most two minutes and four times the ttl after the last session" do
    one = registry(ttl: 45)
    one["room"].join("ada")
    # One that is about the first diff is gone with that.
    lives = server.keys.map { |key| server.call("PTTL", key) } - [-2]
    expect(lives.size).to be >= 2
    # Once the ttl itself, and a millisecond for rounding up.
    expect(lives).to all(be_between(1_000, (45 + 120 + (4 * 45)) * 1000 + 1))
    expect(lives.max).to be > (45 + 60 + (2 * 45)) * 1000
  end

  it "asks nothing of the server once nobody is there" do
    one = registry(ttl: 0.5, heartbeat: 0.2)
    one["room"].join("ada")
    wait_until { one.topics.empty? && server.scripts_called.positive? }
    one.tick
    # Whenever what it has begun is done.
    wait_until("it to be quiet", within: 60, every: 0) { scripts(2) <= 3 }
  end

  it "does as much for a few topics as for many" do
    one = registry(ttl: 60)
    5.times { |n| one["t#{n}"].join("ada") }
    wait_until { one["t4"].position[1] == 1 }
    few, = idle
    1000.times { |n| one["t#{n}"].join("ada") }
    wait_until { one["t999"].position[1] == 1 }
    sleep 1
    many, took = idle
    expect(many).to be < few * 2
    expect(took).to be > 1
  end

  it "is as much for twenty idle processes as for one or two" do
    first = registry(ttl: 60)
    first["room"].join("ada")
    sleep 1
    alone = scripts(4)
    20.times { registry.ensure_ticking }
    # Whenever they have agreed on who ticks for all.
    wait_until("them to do no more than that", within: 60, every: 0) { scripts(4) < (alone * 3) + 4 }
  end

  it "does not pile up diffs in a process that only reads" do
    reader, writer = Array.new(2) { registry(coalesce: 0, ttl: 3_600) } # nobody expires, however long this takes
    # So that the reader takes all diffs; the bucket stays due, and its ticker must not take the processor for that.
    writer.store.define_singleton_method(:tick) { |_force| sleep(0.1) && true }
    50.times do |n|
      writer["room"].join("m#{n}")
      expect(reader["room"].snapshot.count).to eq(n + 1)
    end
    expect(reader.store.instance_variable_get(:@outbox).size).to eq(0)
  end

  it "goes on when the process that ticked for all is gone" do
    watcher = registry(ttl: 60)
    watcher.ensure_ticking
    sleep 0.6 # it ticks for all now
    others = Array.new(3) { registry(ttl: 60) }
    left = Thread::Queue.new
    others.each { |other| other.on(:leave) { |event| left << event } }
    others.first["room"].visit("ada") # which nobody keeps
    others.first["room"].join("bob")
    wait_until("bob's join to be told of") { others.first["room"].position[2] == 2 }
    others.first["room"].join("bob", ttl: 1.5)
    @made.delete(watcher).close
    expect(left.pop(timeout: 30)).to have_attributes(id: "bob", reason: :expired)
  end
end
