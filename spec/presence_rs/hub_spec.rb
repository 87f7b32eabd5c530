# frozen_string_literal: true

require "spec_helper"
require_relative "hub/support"

RSpec.describe PresenceRs::Hub do
  include HubSupport

  let(:clock) { PresenceRs::ManualClock.new }
  let(:settings) { { ttl: 30, coalesce: 0, clock: clock } }
  let(:registry) { PresenceRs::Registry.new(**settings) }
  let(:hub) { registry.hub }
  let(:room) { registry["lobby"] }

  after { registry.close }

  def socket
    HubSupport::Recorder.new
  end

  def follower(socket, topic: "lobby", ttl: 1_000)
    described_class::Follower.new(topic: topic, socket: socket, ttl: ttl, now: hub.now)
  end

  # A socket that follows the lobby from now on.
  def following(**rest)
    socket.tap { |made| hub.follow(follower(made, **rest)) }
  end

  def types(socket)
    socket.sent.map { |message| message["type"].delete_prefix("presence_") }
  end

  describe "#follow" do
    it "sends a state, then each diff once" do
      room.join("ada")
      watcher = following
      room.join("bob")
      registry.tick
      room.join("eve")
      registry.tick
      expect(types(watcher)).to eq(%w[state diff diff])
      expect(watcher.sent.map { |message| message["version"] }).to eq([1, 2, 3])
    end

    it "sends a state that has what was pending, and nobody else misses or doubles it" do
      first = following
      room.join("ada")
      second = following
      expect(types(first)).to eq(%w[state diff])
      expect(types(second)).to eq(%w[state])
      expect(second.sent.last["count"]).to eq(1)
    end

    it "sends what is published while the state is being made" do
      room.join("ada")
      original = registry.store.method(:snapshot)
      once = true
      allow(registry.store).to receive(:snapshot) do |*arguments|
        original.call(*arguments).tap do
          next unless once

          once = false
          room.join("bob")
          registry.tick
        end
      end
      watcher = following
      expect(watcher.log.map(&:first)).to eq(%i[state diff])
      expect(watcher.sent.map { |message| message["count"] }).to eq([1, 2])
    end

    it "serves only the topic's followers" do
      here = following
      there = following(topic: "elsewhere")
      room.join("ada")
      registry.tick
      expect([types(here), types(there)]).to eq([%w[state diff], %w[state]])
    end

    it "encodes a message once for all who share an identifier" do
      texts = Array.new(3) { [] }
      texts.each do |list|
        recorder = socket
        recorder.define_singleton_method(:transmit) { |message| list << message.text("same") }
        hub.follow(follower(recorder))
      end
      room.join("ada")
      registry.tick
      expect(texts.map(&:last)).to all(equal(texts.first.last))
      expect(texts.first.last).to be_frozen
    end

    it "does not encode a state again that has not changed" do
      room.join("ada")
      messages = []
      5.times do
        recorder = socket
        recorder.define_singleton_method(:transmit) { |message| messages << message }
        hub.follow(follower(recorder))
      end
      expect(messages).to all(equal(messages.first))
    end
  end

  describe "gaps" do
    it "a reset of the feed's reaches every socket as a state" do
      watcher = following
      registry.tick
      room.join("ada")
      reset = PresenceRs::Diff::Reset.new(room.snapshot, room.state, Time.now)
      watcher.sent.clear
      hub.send(:deliver, reset)
      expect(watcher.sent).to be_empty # it has that version already
      room.join("bob")
      allow(hub).to receive(:deliver)
      registry.tick
      allow(hub).to receive(:deliver).and_call_original
      hub.send(:deliver, PresenceRs::Diff::Reset.new(room.snapshot, room.state, Time.now))
      expect(watcher.log).to eq([[:state, room.snapshot.epoch, 2]])
    end

    it "are closed with one state for all who have them" do
      watchers = Array.new(50) { following }
      room.join("ada")
      allow(hub).to receive(:deliver)
      registry.tick
      RSpec::Mocks.space.proxy_for(hub).reset
      watchers.each { |watcher| watcher.sent.clear }
      room.join("bob")
      expect(registry.store).to receive(:snapshot).once.and_call_original
      registry.tick
      expect(watchers.map { |watcher| types(watcher) }).to all(eq(%w[state]))
    end
  end

  describe "epochs" do
    def come_and_go
      room.join("ada")
      registry.tick
      room.leave("ada")
      registry.tick
    end

    it "begin with a diff from 0 and end with one of count 0" do
      watcher = following
      3.times { come_and_go }
      expect(types(watcher)).to eq(%w[state] + (%w[diff] * 6))
      expect(watcher.sent.drop(1).map { |message| message.values_at("from", "count") }).to eq([[0, 1], [1, 0]] * 3)
      expect(watcher.sent.map { |message| message["epoch"] }.uniq.size).to eq(4)
    end

    it "that are over are not shown to one who has a state of the next" do
      feed = []
      allow(hub).to receive(:deliver) { |diff| feed << diff }
      watcher = following
      come_and_go
      room.join("bob")
      registry.tick
      late = following
      RSpec::Mocks.space.proxy_for(hub).reset
      # The feed is behind: these were published before that state was taken.
      feed.each { |diff| hub.send(:deliver, diff) }
      expect(types(late)).to eq(%w[state])
      expect(late.sent.last["members"].map { |member| member["id"] }).to eq(["bob"])
      expect(watcher.sent.last["epoch"]).to eq(room.snapshot.epoch)
      expect(watcher.sent.last["count"]).to eq(1)
    end
  end

  describe "sockets" do
    it "that are closed are dropped, and hold up nobody" do
      dead, alive = Array.new(2) { following }
      dead.open = false
      room.join("ada")
      registry.tick
      expect(types(alive)).to eq(%w[state diff])
      expect(hub.size).to eq(1)
    end

    it "that raise are dropped and reported, and hold up nobody" do
      allow(PresenceRs).to receive(:report)
      wire = Class.new do
        def transmit(*) = raise(IOError, "closed stream")
        def alive? = true
        def backlog = 0
      end.new
      allow(described_class::Wire).to receive(:of).and_return(wire)
      hub.follow(follower(described_class::Socket.new(nil, "room")))
      expect(hub.size).to eq(0)
      expect(PresenceRs).to have_received(:report).with(IOError, any_args)
    end

    it "that are full get a state later, not a queue without end" do
      slow = socket
      waiting = follower(slow)
      hub.follow(waiting)
      slow.backlog = 1_000
      5.times do |number|
        room.join("member #{number}")
        registry.tick
      end
      hub.answer(waiting)
      expect(types(slow)).to eq(%w[state])
      slow.backlog = 0
      hub.answer(waiting)
      expect(types(slow)).to eq(%w[state state])
      expect(slow.sent.last["count"]).to eq(5)
    end

    it "that are silent for their ttl are dropped" do
      watcher = following(ttl: 30)
      clock.advance(30)
      room.join("ada")
      registry.tick
      expect(types(watcher)).to eq(%w[state])
      expect(hub.size).to eq(0)
    end
  end

  describe "#unfollow" do
    it "frees the topic with its last follower" do
      followers = Array.new(2) { follower(socket) }
      followers.each { |one| hub.follow(one) }
      hub.unfollow(followers.first)
      expect(hub.topics).to eq(["lobby"])
      hub.unfollow(followers.last)
      expect(hub.topics).to be_empty
    end

    it "is for good" do
      gone = follower(recorder = socket)
      hub.unfollow(gone)
      hub.follow(gone)
      hub.answer(gone)
      expect(recorder.sent).to be_empty
      expect(hub.topics).to be_empty
    end

    it "costs nothing where nobody follows" do
      room.join("ada")
      expect { registry.tick }.not_to(change { hub.topics })
    end
  end

  describe "a store that cannot be reached" do
    it "keeps nobody waiting for ever" do
      lost = follower(recorder = socket)
      allow(registry.store).to receive(:snapshot).and_raise(PresenceRs::StoreUnavailable, "down")
      expect { hub.follow(lost) }.to raise_error(PresenceRs::StoreUnavailable)
      expect(hub.topics).to be_empty
      RSpec::Mocks.space.proxy_for(registry.store).reset
      hub.answer(lost)
      expect(types(recorder)).to eq(%w[state])
    end
  end

  describe "threads" do
    let(:settings) { { ttl: 30, coalesce: 0.001, max_coalesce: 0.002 } }

    # Every message must go on from the one before it.
    def check(watcher)
      watcher.sent.each_cons(2) do |before, after|
        same = before["epoch"] == after["epoch"]
        raise "went back: #{before} #{after}" if same && after["version"] < before["version"]
        next unless after["type"] == "presence_diff"

        raise "a gap: #{before} #{after}" unless after["from"].zero? || (same && after["from"] <= before["version"])
        raise "twice: #{before} #{after}" if same && after["version"] == before["version"]
      end
    end

    it "neither lose, double nor reorder anything, whoever follows, asks or goes meanwhile" do
      steady = follower(recorder = socket)
      hub.follow(steady)
      passers_by = Queue.new
      stop = false
      writers = Array.new(2) do |number|
        Thread.new do
          200.times do |round|
            room.join("#{number}-#{round % 5}", meta: { round: round })
            room.leave("#{number}-#{(round + 2) % 5}")
            room.leave_all("#{number}-#{round % 5}") if (round % 50).zero?
            sleep 0.001
          end
        end
      end
      askers = Array.new(2) do
        Thread.new do
          until stop
            hub.follow(steady)
            hub.answer(steady)
            passer_by = follower(passing = socket)
            hub.follow(passer_by)
            sleep 0.002
            hub.unfollow(passer_by)
            passers_by << passing
          end
        end
      end
      writers.each(&:join)
      stop = true
      askers.each(&:join)

      room.join("the last")
      wait_until("the last diff") { recorder.sent.last.values_at("epoch", "version") == room.position.first(2) }
      check(recorder)
      check(passers_by.pop) until passers_by.empty?
      expect(hub.size).to eq(1)
    end
  end

  describe "a fork" do
    it "leaves the child without followers, and able to have its own" do
      room.join("ada")
      kept = following
      result = in_child do
        alone = [hub.size, hub.topics, hub.roll.size]
        own = following
        room.join("bob")
        registry.tick
        [alone, types(own), kept.sent.size]
      end
      expect(result).to eq([[0, [], 0], %w[state diff], 1])
      room.join("eve")
      registry.tick
      expect(types(kept)).to eq(%w[state diff])
    end

    context "with a clock of its own" do
      let(:settings) { { ttl: 30, coalesce: 0 } }

      it "leaves the child able to have its own followers, which the child serves" do
        kept = following
        room.join("ada")
        wait_until { types(kept) == %w[state diff] }
        result = in_child do
          own = following
          room.join("bob")
          wait_until { types(own) == %w[state diff] }
          [types(own), types(kept)]
        end
        expect(result).to eq([%w[state diff], %w[state diff]])
        room.join("eve")
        wait_until { types(kept) == %w[state diff diff] }
      end
    end

    def in_child
      reader, writer = IO.pipe
      pid = fork do
        reader.close
        writer << Marshal.dump(yield)
        writer.close
        exit!(0)
      end
      writer.close
      Marshal.load(reader.read)
    ensure
      Process.wait(pid) if pid
    end
  end
end
