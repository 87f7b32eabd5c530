# frozen_string_literal: true

# What happens to those who are online while their server is away: for some seconds, of a ttl of six.
#
#   REDIS_OUTAGE=20 bundle exec rspec spec/processes/redis_outages_spec.rb    # for so many, of the default ttl of 45 s
RSpec.describe "An outage of the redis store" do
  # The lists of a worker's subscription, with what was said of each member on the way.
  class Listener
    attr_reader :said

    def initialize(diffs)
      @lists = Hash.new { |lists, topic| lists[topic] = {} }
      @said = []
      diffs.each { |diff| diff["reset"] ? replace(diff) : apply(diff) }
    end

    def ids(topic) = @lists[topic].keys.sort

    private

    def replace(state) = @lists[state["topic"]] = state["members"].to_h { |member| [member["id"], member] }

    def apply(diff)
      list = @lists[diff["topic"]]
      list.clear if diff["from"].zero?
      diff["leaves"].each { |leave| @said << [:leave, leave["id"], diff["epoch"]] && list.delete(leave["id"]) }
      diff["joins"].each { |join| @said << [:join, join["id"], diff["epoch"]] && list[join["id"]] = join }
      diff["updates"].each { |update| list[update["id"]] = update }
    end
  end

  let(:program) { RedisServer::PROGRAMS.first }
  let(:settings) { {} }
  let(:server) { RedisServer.start(program: program, **settings) }
  let(:proxy) { TcpProxy.start(server.port) }
  let(:url) { "redis://127.0.0.1:#{proxy.port}" }
  # How long outages last that are to be shorter than the ttl; in the long run with the heartbeats of the default ttl.
  let(:outage) { Float(ENV.fetch("REDIS_OUTAGE", ttl * 0.7)) }
  let(:ttl) { ENV.key?("REDIS_OUTAGE") ? 45 : 6 }
  let(:timeout) { 1 }
  let(:beat) { ENV.key?("REDIS_OUTAGE") ? ttl / 3.0 : 0.4 }
  let(:workers) { Array.new(3) { RedisWorker.start(url: url, redis: { timeout: }, ttl: ttl, beat: beat) } }
  let(:everybody) { Array.new(9) { |n| "m#{n}" } }

  before do
    everybody.each_with_index { |id, n| workers[n % 3].ask("keep", "room", id, "s", { "n" => n }) }
    agree
    wait_until("the handlers to be called", within: 30) { handled.uniq.size == everybody.size }
    @before = workers.map { |worker| worker.diffs.size }
  end

  after do
    RedisWorker.stop_all
    proxy.stop
    server.stop
  end

  # All lists, and all that the subscriptions add up to, are this.
  def agree(expected = everybody, within: 60)
    workers.each do |worker|
      found = nil
      wait_until(-> { "everybody to agree on #{expected}; last #{found.inspect}" }, within: within) do
        found = [worker.ask("call", "room", "ids").sort, Listener.new(worker.diffs).ids("room")]
        found == [expected.sort, expected.sort]
      rescue RedisWorker::Raised => e
        found = e.message
        false
      end
    end
  end

  # A server that syncs its file, or has just been started, may take longer than the workers wait.
  def epoch_of(worker)
    wait_until("#{worker.pid} to be answered", within: 60) do
      worker.ask("call", "room", "position").first
    rescue RedisWorker::Raised => e
      e.name == "PresenceRs::StoreUnavailable" ? false : raise
    end
  end

  # A server that is gone is away for as long as it takes to come back; in the long run for as long as the others.
  def last = ENV.key?("REDIS_OUTAGE") && sleep(outage)

  # Within one heartbeat of the default ttl, though here hearts beat more often.
  def back = agree(within: 15)

  # What subscriptions were told since the outage began.
  def said = workers.zip(@before).flat_map { |worker, before| Listener.new(worker.diffs.drop(before)).said }

  def leaves = said.select { |kind, *| kind == :leave }

  # Each member's join is told once to each subscription, and to one handler, however often the epoch changes meanwhile.
  def expect_joins_once
    epoch = epoch_of(workers.first)
    wait_until("all to be told of the epoch", within: 30) { workers.all? { |worker| worker.diffs.last["epoch"] == epoch } }
    workers.zip(@before) do |worker, before|
      joins = Listener.new(worker.diffs.drop(before)).said.filter_map { |kind, id, _| id if kind == :join }
      expect(joins).to eq(joins.uniq)
    end
    again = handled.tally.transform_values { |times| times - 1 }
    expect(again.values).to all(be_between(0, 1))
  end

  # Whose joins handlers were called for, in any of the processes.
  def handled = workers.flat_map(&:events).filter_map { |event| event["id"] if event["type"] == "join" }

  # Asks while nothing can be answered: whoever asks is told within the time limit, and those after them at once.
  def expect_bounded
    workers.each do |worker|
      expect { worker.ask("call", "room", "count") }.to raise_error(RedisWorker::Raised, /PresenceRs::StoreUnavailable/)
      expect(worker.took).to be < ttl - 0.5
      expect { 20.times { worker.ask("call", "other", "join", "x") } }.to raise_error(RedisWorker::Raised, /StoreUnavailable/)
      # Heartbeats go on as if nothing were amiss.
      id = everybody[workers.index(worker)]
      expect(worker.ask("call", "room", "touch", id, { "session" => "s" })).to be(true)
    end
  end

  RedisServer::PROGRAMS.each do |name|
    context "with #{name}" do
      let(:program) { name }

      it "after which the server is empty: everybody is back" do
        server.kill
        expect_bounded
        last
        server.start
        back
        expect_joins_once
      end

      it "for a flush: everybody is back" do
        server.call("FLUSHALL")
        # Diffs, or whole lists.
        wait_until("somebody to be told", within: 30) { workers.zip(@before).any? { |worker, before| worker.diffs.size > before } }
        back
        expect_joins_once
      end
    end
  end

  context "with data that survive" do
    let(:settings) { { "appendonly" => "yes", "appendfsync" => "always" } }

    it "after which the server has its data: nobody was said to have left, and the epoch is another" do
      epoch = epoch_of(workers.first)
      server.kill
      expect_bounded
      last
      server.start
      back
      expect(leaves).to eq([])
      wait_until(within: 30) { workers.all? { |worker| epoch_of(worker) != epoch } }
      workers.each { |worker| wait_until(within: 30) { worker.diffs.last["epoch"] != epoch } }
    end
  end

  it "in which it stands still for less than the ttl: nobody was said to have left" do
    server.pause
    expect_bounded
    sleep outage
    server.resume
    back
    sleep ttl
    agree
    expect(leaves).to eq([])
  end

  it "in which it stands still for longer than the ttl: everybody is there afterwards" do
    server.pause
    sleep ttl * 1.5
    server.resume
    back
    expect_joins_once
  end

  it "in which the network is silent for less than the ttl: nobody was said to have left" do
    proxy.silence
    expect_bounded
    sleep outage
    proxy.pass
    back
    sleep ttl
    agree
    expect(leaves).to eq([])
  end

  it "in which the network is silent for longer than the ttl: everybody is there afterwards" do
    proxy.silence
    expect_bounded
    sleep ttl * 1.5
    proxy.pass
    back
    expect_joins_once
  end

  it "does not bring those back whose clients fell silent meanwhile" do
    server.pause
    workers.last.ask("silence")
    sleep ENV.key?("REDIS_OUTAGE") ? outage : 1.5
    server.resume
    agree(everybody.reject.with_index { |_, n| n % 3 == 2 }, within: ttl + 60)
  end

  # Where it always answers, but on a busy machine not within a second.
  context "that is none of its answers" do
    let(:timeout) { 10 }

    it "of its script cache goes unnoticed" do
      server.call("SCRIPT", "FLUSH")
      workers.each { |worker| expect(worker.ask("call", "room", "count")).to eq(9) }
      sleep beat * 3
      agree
      expect(said).to eq([])
    end

    context "without anything between" do
      let(:url) { server.url }

      it "of its connections goes unnoticed" do
        server.call("CLIENT", "KILL", "TYPE", "normal")
        server.call("CLIENT", "KILL", "TYPE", "pubsub")
        workers.each { |worker| expect(worker.ask("call", "room", "count")).to eq(9) }
        workers.first.ask("keep", "room", "new", "s")
        agree([*everybody, "new"])
        expect(leaves).to eq([])
      end
    end

    it "of its memory lets nobody in, and nobody out" do
      server.call("CONFIG", "SET", "maxmemory", "1")
      expect { workers.first.ask("call", "room", "join", "late") }
        .to raise_error(RedisWorker::Raised, /StoreUnavailable.*maxmemory/)
      sleep ttl * 1.5
      expect(workers.map { |worker| worker.ask("call", "room", "count") }).to eq([9, 9, 9])
      expect(workers.first.ask("drop", "room", everybody.first, "s")).to be(true)
      agree(everybody.drop(1))
      server.call("CONFIG", "SET", "maxmemory", "0")
      workers.first.ask("keep", "room", "late", "s")
      agree([*everybody.drop(1), "late"])
      expect(leaves.map { |_, id, _| id }.uniq).to eq([everybody.first])
    end
  end
end
