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

  # What is written meanwhile the master alone has: the replica is cut off, and stands still, so that it does not come back.
  def lose
    @replica.pause
    @master.call("CLIENT", "KILL", "TYPE", "replica")
    wait_until { @master.info("replication")["connected_slaves"] == "0" }
    yield
    @master.kill
    @replica.resume
  end

  it "says of nobody that they left, brings those back whom the replica did not know, and gives every topic another epoch" do
    here, there = Array.new(2) { registry }.map { |it| it["room"] }
    told = Thread::Queue.new
    @registries.last.subscribe { |diff| told << diff }
    10.times { |n| here.join("m#{n}") }
    wait_until(within: 30) { here.position[2] == 10 }
    epoch = here.position.first
    # Else these ten might be among the lost.
    expect(@master.call("WAIT", 1, 60_000)).to eq(1)
    lose do
      3.times { |n| here.join("late#{n}") }
      wait_until(within: 30) { here.position[2] == 13 }
      @joined = here.members.to_h { |member| [member.id, member.joined_at] }
    end
    # Not before: a master that the machine leaves waiting for a second is not down.
    @sentinel.call("SENTINEL", "SET", "presence", "down-after-milliseconds", "1000")
    # Who joined in the last moment is unknown to the replica: the heartbeats bring them back.
    wait_until("the replica to take over", within: 120) do
      @joined.each_key { |id| here.touch(id) }
      there.count == 13 && there.position.first != epoch
    rescue PresenceRs::StoreUnavailable
      false
    end
    expect(there.members.to_h { |member| [member.id, member.joined_at] }).to eq(@joined)
    diffs = []
    wait_until("the feed to bring as much", within: 60) do
      diffs << told.pop until told.empty?
      diffs.last&.epoch == there.position.first && diffs.last.count == 13
    end
    expect(diffs.reject(&:reset?).flat_map { |diff| diff.leaves.map(&:id) }).to eq([])
    joins = diffs.reject(&:reset?).flat_map { |diff| diff.joins.map { |member| [diff.epoch, member.id] } }
    expect(joins).to eq(joins.uniq)
  end
end
