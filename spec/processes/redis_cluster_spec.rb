# frozen_string_literal: true

require "securerandom"

# A cluster of three nodes. The clients that can talk to one are gems of their own, so the specs bring a small one, and
# hand it to the store as an application hands in its own.
RSpec.describe "The redis store on a cluster" do
  before(:context) do
    @cluster = RedisCluster.start
    wait_until("the nodes to know each other", within: 90, every: 0.1) { @cluster.ready? }
  end

  after(:context) { @cluster&.stop }

  let(:prefix) { "c#{SecureRandom.hex(4)}" }

  # In one bucket, so that the limits of the registry are exact, and heard where it is, so that nothing has to be waited for.
  it_behaves_like "a store" do
    let(:slot) { @cluster.nodes.first.call("CLUSTER", "KEYSLOT", PresenceRs::Stores::Redis::Keys.new(prefix, 1).tag(0)) }
    let(:client) { @cluster.client(listen: @cluster.owner(slot).port) }
    let(:store) { [:redis, { client: client, prefix: prefix, buckets: 1, timeout: 10 }] }

    after { client.close }
  end

  def registry(**options)
    PresenceRs::Registry.new(store: [:redis, { client: @cluster.client, prefix: prefix, timeout: 5 }], ttl: 20, coalesce: 0.01, sweep_interval: 0.3,
                             **options)
  end

  it "spreads the buckets over the nodes, and keeps each in one slot" do
    one = registry(clock: PresenceRs::ManualClock.new)
    100.times { |n| one["room:#{n}"].join("ada {x} #{n}") }
    one["{room}"].join("ada")
    one.tick
    expect(one.topics.size).to eq(101)
    keys = @cluster.nodes.map { |node| node.keys("{#{prefix}:*") }
    expect(keys).to all(satisfy { |of_node| of_node.size > 10 })
    node = @cluster.nodes.first
    slots = keys.flatten.group_by { |key| key[/\A\{[^}]*\}/] }.transform_values { |of_bucket|
      of_bucket.map { |key|
        node.call("CLUSTER", "KEYSLOT", key)
      }.uniq
    }
    expect(slots.size).to eq(32)
    expect(slots.values).to all(have_attributes(size: 1))
  ensure
    one&.close
  end

  it "brings diffs to all processes, whichever node they listen to" do
    registries = Array.new(3) { registry }
    heard = registries.map { |it| Thread::Queue.new.tap { |queue| it.subscribe { |diff| queue << diff.joins.map(&:id) } } }
    registries.first["room:1"].join("ada")
    heard.each { |queue| expect(queue.pop(timeout: 30)).to eq(["ada"]) }
  ensure
    registries&.each(&:close)
  end

  it "is found by a configuration too, of which each feed listens to one node" do
    made = Array.new(2) do
      store = [:redis, { client: @cluster.config, prefix: prefix, timeout: 5 }]
      PresenceRs::Registry.new(store: store, ttl: 20, coalesce: 0.01, sweep_interval: 0.3)
    end
    allow(RedisCluster::Client).to receive(:new).and_wrap_original do |original, *arguments|
      original.call(*arguments).tap { |client| client.define_singleton_method(:pubsub) { raise "it is asked for its own" } }
    end
    heard = Thread::Queue.new
    made.last.subscribe { |diff| diff.joins.each { |join| heard << join.id } }
    20.times { |n| made.first["room:#{n}"].join("m#{n}") }
    expect(Array.new(20) { heard.pop(timeout: 30) }.sort).to eq(Array.new(20) { |n| "m#{n}" }.sort)
  ensure
    made&.each(&:close)
  end

  it "brings events to all processes, in order, whichever node they listen to" do
    registries = Array.new(3) { registry }
    pages = registries.each_with_index.map { |it, n| EventPages::Page.new(it, "m#{n}", "room:1") }
    wait_until("all to hear", within: 30) do
      registries.first["room:1"].emit("ready")
      pages.all? { |page| page.heard.any? }
    end
    200.times { |n| registries.last["room:1"].emit("go", { n: }) }
    numbers = ->(page) { page.heard.filter_map(&:last) }
    wait_until("all of them", within: 30) { pages.all? { |page| numbers[page].size == 200 } }
    expect(pages.map(&numbers)).to all(eq((0..199).to_a))
  ensure
    registries&.each(&:close)
  end

  it "loses nobody while a slot moves" do
    registries = Array.new(2) { registry }
    diffs = Thread::Queue.new
    registries.last.subscribe { |diff| diffs << diff }
    keys = PresenceRs::Stores::Redis::Keys.new(prefix, 32)
    topic = "room"
    slot = @cluster.nodes.first.call("CLUSTER", "KEYSLOT", keys.tag(keys.bucket(topic)))
    # So many that the topic has keys of its own.
    70.times { |n| registries[n % 2][topic].join("m#{n}") }
    stop = false
    errors = []
    beats = Thread.new do
      until stop
        begin
          70.times { |n| registries[n % 2][topic].touch("m#{n}") }
          registries.first[topic].update("m#{rand(70)}", meta: { n: rand(100) })
        rescue PresenceRs::StoreUnavailable => e
          errors << e.message
        end
        sleep 0.05
      end
    end
    moved = @cluster.move(slot) { sleep 0.2 }
    stop = true
    beats.join
    expect(moved).to be > 3
    wait_until(within: 30) { registries.map { |it| it[topic].count } == [70, 70] }
    expect(registries.first[topic].ids.sort).to eq(Array.new(70) { |n| "m#{n}" }.sort)
    expect(errors).to all(match(/TRYAGAIN|non local key|ASK/))
    # What subscribers were told adds up to the same: a reset where the epoch is another.
    here = {}
    told = []
    wait_until(within: 30) do
      until diffs.empty?
        told << diff = diffs.pop
        here = {} if diff.reset? || diff.from.zero?
        diff.leaves.each { |leave| here.delete(leave.id) }
        (diff.joins + diff.updates).each { |member| here[member.id] = member.metas }
      end
      here == registries.last[topic].members.to_h { |member| [member.id, member.metas] }
    end
    # On the way nobody was said to have left, and in one epoch nobody to have come twice.
    changes = told.reject(&:reset?)
    expect(changes.flat_map { |diff| diff.leaves.map(&:id) }).to eq([])
    expect(changes.flat_map { |diff| diff.joins.map { |join| [diff.epoch, join.id] } }.tally.values).to all(eq(1))
  ensure
    stop = true
    beats&.join
    registries&.each(&:close)
  end
end
