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
    PresenceRs::Registry.new(store: [:redis, { url: server.url, timeout: 2, pool: 1, prefix: "cost" }], sweep_interval: 0.4, **settings)
                        .tap { |made| @made << made }
  end

  # Commands of scripts included.
  def commands(seconds)
    before = server.info("stats")["total_commands_processed"].to_i
    sleep seconds
    server.info("stats")["total_commands_processed"].to_i - before
  end

  def scripts(seconds)
    before = server.scripts_called
    sleep seconds
    server.scripts_called - before
  end

  it "lets every key expire by itself, some time after the last session" do
    stub_const("PresenceRs::Stores::Redis::Scripts::INLINE", { INLINE_MEMBERS: 2, INLINE_BYTES: 8_192 })
    stub_const("PresenceRs::Stores::Redis::Scripts::KEEP", 500)
    one = registry(ttl: 0.5, heartbeat: 0.2, request_ttl: 1, last_seen_for: 1)
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
    lasting = keys.select { |key| server.call("PTTL", key) > 5_000 }
    expect(lasting.map { |key| key[/:.\z/] } - [":r", ":o"]).to eq([])
    expect(keys.select { |key| server.call("PTTL", key).negative? }).to eq([])
    # Nobody ticks any more.
    one.store.define_singleton_method(:tick) { |_force| true }
    @made.delete(one).close
    wait_until("the keys to expire", within: 20) { (server.keys - lasting).empty? }
  end

  it "asks nothing of the server once nobody is there" do
    one = registry(ttl: 0.5, heartbeat: 0.2)
    one["room"].join("ada")
    wait_until { one.topics.empty? && server.scripts_called.positive? }
    one.tick
    sleep 1
    expect(scripts(2)).to be <= 3
  end

  it "does as much for a few topics as for many" do
    one = registry(ttl: 60)
    5.times { |n| one["t#{n}"].join("ada") }
    wait_until { one["t4"].position[1] == 1 }
    few = commands(3)
    1000.times { |n| one["t#{n}"].join("ada") }
    wait_until { one["t999"].position[1] == 1 }
    sleep 1
    expect(commands(3)).to be < few * 2
  end

  it "is as much for twenty idle processes as for one or two" do
    first = registry(ttl: 60)
    first["room"].join("ada")
    sleep 1
    alone = scripts(4)
    20.times { registry.ensure_ticking }
    sleep 4
    expect(scripts(4)).to be < (alone * 3) + 4
  end

  it "does not pile up diffs in a process that only reads" do
    reader = registry(coalesce: 0)
    writer = registry(coalesce: 0)
    writer.store.define_singleton_method(:tick) { |_force| true } # so that the reader takes all diffs
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
    others.first["room"].join("bob", ttl: 1.5)
    sleep 0.5
    @made.delete(watcher).close
    expect(left.pop(timeout: 10)).to have_attributes(id: "bob", reason: :expired)
  end
end
