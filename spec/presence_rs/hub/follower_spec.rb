# frozen_string_literal: true

require "spec_helper"
require_relative "support"

RSpec.describe PresenceRs::Hub::Follower do
  include HubSupport

  let(:socket) { HubSupport::Recorder.new }
  let(:follower) { new_follower(socket) }

  # One that has a state already.
  def following(epoch = "a", version = 3)
    follower.hold(asked: true)
    follower.settle(state(epoch, version))
    socket.sent.clear
    follower
  end

  describe "a diff" do
    it "is sent when it goes on from what the socket has" do
      following("a", 3).offer(diff("a", 3, 4))
      expect(socket.log).to eq([[:diff, "a", 4]])
    end

    it "is sent when it covers what the socket has, as entries are absolute" do
      following("a", 3).offer(diff("a", 2, 5))
      expect(socket.log).to eq([[:diff, "a", 5]])
    end

    it "is skipped when the socket has it already" do
      expect(following("a", 3).offer(diff("a", 2, 3))).to be_nil
      expect(socket.log).to be_empty
    end

    it "asks for a state when it leaves a gap" do
      expect(following("a", 3).offer(diff("a", 4, 5))).to eq(:state)
      expect(socket.log).to be_empty
      expect(follower.stage).to eq(:holding)
    end

    it "asks where the topic is when it is of another epoch" do
      expect(following("a", 3).offer(diff("b", 0, 1))).to eq(:position)
      expect(socket.log).to be_empty
    end
  end

  describe "a diff of another epoch" do
    it "is sent when that epoch is the topic's, and the diff begins it" do
      following("a", 3).offer(diff("b", 0, 1))
      expect(follower.settle(["b", 1, 1])).to be_nil
      expect(socket.log).to eq([[:diff, "b", 1]])
      expect(follower.stage).to eq(:following)
    end

    it "is skipped when the socket is on the topic's epoch: it ended before the state was taken" do
      following("a", 3).offer(diff("z", 8, 9, count: 0))
      expect(follower.settle(["a", 3, 1])).to be_nil
      expect(socket.log).to be_empty
      expect(follower.stage).to eq(:following)
    end

    it "asks for a state when it does not begin that epoch" do
      following("a", 3).offer(diff("b", 5, 6))
      expect(follower.settle(["b", 6, 1])).to eq(:state)
      expect(follower.settle(state("b", 6))).to be_nil
      expect(socket.log).to eq([[:state, "b", 6]])
    end

    it "asks for a state when the topic is on a third one" do
      following("a", 3).offer(diff("b", 0, 1))
      expect(follower.settle(["c", 1, 1])).to eq(:state)
      expect(follower.settle(state("c", 1))).to be_nil
      expect(socket.log).to eq([[:state, "c", 1]])
    end

    it "asks again for the next one of yet another epoch" do
      following("a", 3).offer(diff("b", 0, 1))
      follower.offer(diff("c", 0, 1))
      expect(follower.settle(["b", 1, 1])).to eq(:position)
      expect(follower.settle(["c", 1, 1])).to be_nil
      expect(socket.log).to eq([[:diff, "b", 1], [:diff, "c", 1]])
    end
  end

  describe "while a state is fetched" do
    before { follower.hold(asked: true) }

    it "keeps diffs back, and sends those that the state has not" do
      [diff("a", 3, 4), diff("a", 4, 5), diff("a", 5, 6)].each { |held| follower.offer(held) }
      expect(socket.log).to be_empty
      follower.settle(state("a", 5))
      expect(socket.log).to eq([[:state, "a", 5], [:diff, "a", 6]])
    end

    it "drops diffs of another epoch that came before the state was wanted" do
      following("a", 3).offer(diff("a", 9, 10))
      follower.offer(diff("b", 0, 1))
      expect(follower.settle(state("a", 10))).to eq(:position)
      expect(follower.settle(["c", 1, 1])).to eq(:state)
      expect(follower.settle(state("c", 1))).to be_nil
      expect(socket.log).to eq([[:state, "a", 10], [:state, "c", 1]])
    end

    it "is not fetched twice" do
      expect(follower.hold(asked: true)).to be(false)
    end

    it "keeps a bounded number of diffs, and asks anew beyond it" do
      (1..(described_class::HELD + 5)).each { |version| follower.offer(diff("a", version - 1, version)) }
      expect(follower.instance_variable_get(:@held).size).to be <= described_class::HELD + 1
      expect(follower.settle(state("a", 1))).to eq(:state)
      follower.settle(state("a", 2_000))
      expect(socket.log).to eq([[:state, "a", 2_000]])
    end
  end

  describe "a client that asks while its socket holds" do
    it "gets a state, whatever is found out" do
      following("a", 3).offer(diff("z", 8, 9, count: 0))
      expect(follower.hold(asked: true)).to be(false)
      expect(follower.settle(["a", 3, 1])).to eq(:state)
      expect(follower.settle(state("a", 3))).to be_nil
      expect(socket.log).to eq([[:state, "a", 3]])
      expect(follower.stage).to eq(:following)
    end
  end

  describe "a state" do
    it "that the socket has already is sent only to a client that asked" do
      following("a", 3).offer(diff("a", 7, 8))
      follower.settle(state("a", 3))
      expect(socket.log).to be_empty
    end

    it "that the socket has already is sent to a client that asked" do
      following("a", 3).hold(asked: true)
      follower.settle(state("a", 3))
      expect(socket.log).to eq([[:state, "a", 3]])
    end

    it "older than what was sent is never sent" do
      following("a", 3).hold(asked: true)
      follower.settle(state("a", 2))
      expect(socket.log).to be_empty
    end
  end

  describe "#ack" do
    it "says what was last sent to this socket, with its count" do
      following("a", 3).offer(diff("a", 3, 4, count: 7))
      follower.ack
      expect(socket.sent.last)
        .to eq("type" => "presence_ack", "topic" => "lobby", "epoch" => "a", "version" => 4, "count" => 7)
    end
  end

  describe "a socket that takes nothing" do
    it "is out once it is closed" do
      following.offer(diff("a", 3, 4).tap { socket.open = false })
      expect(follower.stage).to eq(:out)
    end

    it "is out when too much waits for its client to read" do
      following
      socket.backlog = described_class::BACKLOG + 1
      follower.offer(diff("a", 3, 4))
      expect(follower.stage).to eq(:out)
    end

    it "is out when few writes wait that are large" do
      following
      socket.backlog = 2
      socket.backlog_bytes = described_class::BACKLOG_BYTES
      follower.offer(diff("a", 3, 4))
      expect(follower.stage).to eq(:following)
      socket.backlog_bytes += 1
      follower.offer(diff("a", 4, 5))
      expect(follower.stage).to eq(:out)
    end

    it "gets no state, which may be large, before it has read nearly all" do
      socket.backlog = described_class::BACKLOG_FOR_STATE + 1
      follower.hold(asked: true)
      follower.settle(state("a", 3))
      expect(socket.log).to be_empty
      expect(follower.stage).to eq(:out)
    end

    it "gets a state when it is heard again, even the one it had" do
      following("a", 3).out
      follower.hold(asked: true)
      follower.settle(state("a", 3))
      expect(socket.log).to eq([[:state, "a", 3]])
    end
  end

  describe "#silent?" do
    it "is so once its ttl has passed since it was last heard" do
      follower.heard(100, 30)
      expect(follower.silent?(129.999)).to be(false)
      expect(follower.silent?(130)).to be(true)
    end
  end

  describe "#gone" do
    it "is for good" do
      following.gone
      expect(follower.hold(asked: true)).to be(false)
      expect(follower.stage).to eq(:gone)
    end
  end
end
