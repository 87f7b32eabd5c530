# frozen_string_literal: true

require "securerandom"

# Sessions that a process keeps: their heartbeats cost the server next to nothing, and what others do to them counts.
RSpec.describe PresenceRs::Stores::Redis, "and the sessions that a process keeps" do
  let(:server) { RedisServer.start }
  let(:settings) { { ttl: 30, coalesce: 0.01, max_coalesce: 0.02, sweep_interval: 0.2 } }
  let(:registries) { Array.new(2) { registry } }
  let(:here) { registries.first["room"] }
  let(:there) { registries.last["room"] }

  after do
    @made.to_a.each(&:close)
    server.stop
  end

  def registry(**options)
    PresenceRs::Registry.new(store: [:redis, { url: server.url, timeout: 5, prefix: "kept" }], **settings, **options)
                        .tap { |made| (@made ||= []) << made }
  end

  # Who has joined in the very millisecond in which they are sent away is spared.
  def pass_a_millisecond
    time = -> { server.call("TIME").zip([1_000_000, 1]).sum { |number, weight| number.to_i * weight } / 1_000 }
    before = time.call
    wait_until(every: 0.001) { time.call > before }
  end

  def hosts(registry) = registry.store.instance_variable_get(:@hosts)

  it "are kept alive by heartbeats that are told all at once" do
    100.times { |n| here.join("m#{n}", session: "s", ttl: 6) }
    before = server.scripts_called
    deadline = Waiting.now + 8
    rounds = 0
    while Waiting.now < deadline
      100.times { |n| expect(here.touch("m#{n}", session: "s")).to be(true) }
      rounds += 1
      sleep 0.3
    end
    # A small part of the heartbeats, however few there were of them on a busy machine.
    expect(server.scripts_called - before).to be < rounds * 100 / 4
    expect(there.count).to eq(100)
    wait_until("the last of them to be told") { there.last_seen_at("m1") > there.member("m1").joined_at + 5 }
  end

  it "are over when their clients fall silent, here too" do
    here.join("ada", session: "s", ttl: 1)
    wait_until { !there.online?("ada") }
    expect(here.touch("ada", session: "s")).to be(false)
    expect(here.online?("ada")).to be(false)
  end

  it "are kept alive by joins too, while the server's memory is full" do
    here.join("ada", session: "s", ttl: 60, meta: { n: 1 })
    there.touch("ada", session: "s")
    ends = -> { server.call("ZRANGE", server.keys("*:x").first, 0, -1, "WITHSCORES").last.last }
    before = ends.call
    pass_a_millisecond
    server.call("CONFIG", "SET", "maxmemory", "1")
    expect([here.join("ada", session: "s", meta: { n: 1 }), there.join("ada", session: "s", meta: nil)]).to eq([false, false])
    wait_until("both to be told") { ends.call > before }
    expect { here.join("ada", session: "s", meta: { n: 2 }) }.to raise_error(PresenceRs::StoreUnavailable, /maxmemory/)
    expect { here.join("bob", session: "s") }.to raise_error(PresenceRs::StoreUnavailable, /maxmemory/)
    expect(there.member("ada").metas).to eq([{ "n" => 1 }])
  end

  it "can be kept alive by way of another process" do
    here.join("ada", session: "s", ttl: 5)
    deadline = Waiting.now + 6
    while Waiting.now < deadline
      sleep 0.4
      expect(there.touch("ada", session: "s")).to be(true)
    end
    expect(here.touch("ada", session: "s")).to be(true)
  end

  it "are over at once when they leave by way of another process" do
    here.join("ada", session: "s")
    expect(there.leave("ada", session: "s")).to be(true)
    wait_until { !here.touch("ada", session: "s") }
    expect(there.online?("ada")).to be(false)
  end

  it "are over everywhere, where several processes have kept them" do
    third = registry["room"]
    [here, there].each { |room| room.join("ada", session: "http") }
    expect(third.leave("ada", session: "http")).to be(true)
    wait_until { [here, there].none? { |room| room.touch("ada", session: "http") } }
    here.join("ada", session: "http")
    there.join("ada", session: "http")
    expect(there.leave("ada", session: "http")).to be(true)
    wait_until { !here.touch("ada", session: "http") }
  end

  it "that join right after their member was sent away stay" do
    registries.first.watch("room") # so that its feed is there
    20.times do
      here.join("ada", session: "old")
      registries.first.leave_all("ada")
      here.join("ada", session: "new")
    end
    here.join("bob")
    pass_a_millisecond
    registries.last.leave_all("bob") # heard after all that
    wait_until { hosts(registries.first).find("room", "bob", "default").nil? }
    expect(hosts(registries.first).size).to eq(1)
    expect(here.member("ada").sessions).to eq(1)
  end

  it "do not join for what began before their member was sent away, though they have not heard of that" do
    mark = registries.first.mark
    there.join("ada")
    sleep 0.01
    registries.last.leave_all("ada")
    expect(here.join("ada", session: "late", since: mark)).to be(false)
    expect([there.online?("ada"), hosts(registries.first).size]).to eq([false, 0])
    # What a process believes the server's time to be may lag by as long as an answer took.
    expect(wait_until { here.join("ada", session: "new", since: registries.first.mark) }).to be(true)
  end

  it "are over if their member was sent away before the feed was there, which is told once" do
    revoked = Thread::Queue.new
    registries.first.hub.define_singleton_method(:revoke) { |topic, member, _mark| revoked << [topic, member] }
    registries.first["other"].count # from here on there is a feed to be connected
    gate = Thread::Queue.new
    allow(registries.first.store.instance_variable_get(:@feed)).to receive(:connect).and_wrap_original do |connect|
      gate.pop
      connect.call
    end
    here.join("ada", session: "s")
    here.join("bob", session: "s")
    pass_a_millisecond
    registries.last.leave_all("ada")
    gate.close
    expect(revoked.pop(timeout: 30)).to eq([nil, "ada"])
    expect([here.touch("ada", session: "s"), here.touch("bob", session: "s")]).to eq([false, true])
    registries.last.leave_all("bob")
    expect(revoked.pop(timeout: 30)).to eq([nil, "bob"])
  end

  it "are over if their member was sent away while the feed was away" do
    revoked = Thread::Queue.new
    registries.first.hub.define_singleton_method(:revoke) { |topic, member, _mark| revoked << [topic, member] }
    here.join("ada", session: "s")
    here.join("bob", session: "s")
    registries.first.watch("room") # so that its feed is there
    feed = registries.first.store.instance_variable_get(:@feed)
    allow(feed).to receive(:connect).and_raise(RedisClient::ConnectionError, "not yet")
    server.call("CLIENT", "KILL", "TYPE", "pubsub")
    wait_until { feed.instance_variable_get(:@pubsub).nil? }
    pass_a_millisecond
    registries.last.leave_all("ada")
    allow(feed).to receive(:connect).and_call_original
    expect(revoked.pop(timeout: 30)).to eq([nil, "ada"])
    expect([here.touch("ada", session: "s"), here.touch("bob", session: "s")]).to eq([false, true])
    registries.last.leave_all("bob")
    expect(revoked.pop(timeout: 30)).to eq([nil, "bob"])
  end

  it "are over when their member is sent away from another process, and their sockets hear of it" do
    revoked = Thread::Queue.new
    registries.first.hub.define_singleton_method(:revoke) { |topic, member, _mark| revoked << [topic, member] }
    registries.first.ensure_ticking
    here.join("ada", session: "s")
    registries.first["other"].join("ada", session: "s")
    pass_a_millisecond
    registries.last.leave_all("ada", topic: "room")
    expect(revoked.pop(timeout: 30)).to eq(%w[room ada])
    expect(here.touch("ada", session: "s")).to be(false)
    expect(registries.first["other"].touch("ada", session: "s")).to be(true)
    registries.last.leave_all("ada")
    expect(revoked.pop(timeout: 30)).to eq([nil, "ada"])
    expect(registries.last.topics).to eq([])
  end

  context "when the server is flushed" do
    def flushed
      epoch = here.position.first
      server.call("FLUSHALL")
      wait_until { !["", epoch].include?(here.position.first) }
    end

    it "are back with their metas and joined_at, in the order of their joins" do
      here.join("ada", session: "x", meta: { n: 1 })
      here.join("ada", session: "y", meta: { n: 2 })
      there.join("bob", session: "z")
      there.update("ada", session: "x", meta: { n: 3 })
      here.update("ada", session: "y", meta: { n: 4 })
      before = here.members.map { |member| [member.id, member.joined_at] }
      flushed
      wait_until { there.members.map { |member| [member.id, member.joined_at] } == before }
      # What another process has changed is not known here.
      expect(there.member("ada").metas).to eq([{ "n" => 1 }, { "n" => 4 }])
    end

    it "are not back if they have left, or were sent away" do
      here.join("ada", session: "s")
      here.join("bob", session: "s")
      here.join("carl", session: "s")
      here.leave("ada", session: "s")
      flushed
      registries.last.leave_all("bob")
      wait_until { there.ids == ["carl"] }
      100.times { here.touch("carl", session: "s") }
      registries.each(&:tick)
      expect(there.ids).to eq(["carl"])
    end

    it "are brought back once, however many processes there are" do
      joins = Thread::Queue.new
      [*registries, registry].each { |any| any.on(:join) { |event| joins << event.id } }
      5.times { |n| here.join("m#{n}", session: "s") }
      wait_until { joins.size == 5 }
      joins.clear
      flushed
      wait_until { there.count == 5 }
      wait_until { joins.size == 5 }
      5.times { |n| there.touch("m#{n}", session: "s") }
      registries.each(&:tick)
      expect(Array.new(joins.size) { joins.pop }.sort).to eq(Array.new(5) { |n| "m#{n}" })
    end
  end

  it "stay with the parent of a forked process" do
    here.join("ada", session: "s")
    reader, writer = IO.pipe
    pid = fork do
      writer.puts(hosts(registries.first).size, here.ids.inspect, here.touch("ada", session: "s"))
      here.join("child", session: "c", ttl: 5)
      writer.puts(here.ids.inspect)
      writer.close
      exit!(0)
    end
    writer.close
    Process.wait(pid)
    expect(reader.read.lines.map(&:chomp)).to eq(["0", '["ada"]', "true", '["ada", "child"]'])
    expect([here.touch("ada", session: "s"), hosts(registries.first).size]).to eq([true, 1])
    wait_until { !here.online?("child") }
  end
end
