# frozen_string_literal: true

# A master that dies, and the replica that Sentinel puts in its place.
RSpec.describe "A failover of the redis store" do
  before do
    @servers = [@master = RedisServer.start, @replica = RedisServer.start]
    @replica.call("REPLICAOF", "127.0.0.1", @master.port.to_s)
    wait_until("the replica to follow", within: 60) { @replica.info("replication")["master_link_status"] == "up" }
    @servers << @sentinel = RedisServer.start_sentinel(@master, name: "presence")
    @sentinel.call("SENTINEL", "SET", "presence", "failover-timeout", "3000")
    wait_until("Sentinel to know the replica", within: 90) { @sentinel.call("SENTINEL", "replicas", "presence").size == 1 }
    PresenceRs.configure { |config| config.on_error = ->(*) {} }
  end

  after do
    @registries.to_a.each(&:close)
    PresenceRs.configure { |config| config.on_error = nil }
    @servers.each(&:stop)
  end

  def registry
    store = [:redis, { sentinels: [{ host: "127.0.0.1", port: @sentinel.port }], name: "presence", timeout: 5 }]
    PresenceRs::Registry.new(store: store, ttl: 30, sweep_interval: 0.5).tap { |made| (@registries ||= []) << made }
  end

  it "says of nobody that they left, and gives every topic another epoch" do
    here, there = Array.new(2) { registry }.map { |it| it["room"] }
    told = Thread::Queue.new
    @registries.last.subscribe { |diff| told << diff }
    10.times { |n| here.join("m#{n}") }
    wait_until(within: 30) { here.position[2] == 10 }
    epoch = here.position.first
    @master.kill
    # Not before: a master that the machine leaves waiting for a second is not down.
    @sentinel.call("SENTINEL", "SET", "presence", "down-after-milliseconds", "1000")
    # Who joined in the last moment may be unknown to the replica: the heartbeats bring them back.
    wait_until("the replica to take over", within: 120) do
      10.times { |n| here.touch("m#{n}") }
      there.count == 10 && there.position.first != epoch
    rescue PresenceRs::StoreUnavailable
      false
    end
    diffs = []
    wait_until(within: 60) { (diffs << told.pop(timeout: 60)).last.epoch != epoch }
    expect(diffs.reject(&:reset?).flat_map { |diff| diff.leaves.map(&:id) }).to eq([])
    expect(diffs.last.epoch).to eq(there.position.first)
  end
end
