# frozen_string_literal: true

require "spec_helper"
require_relative "support"

RSpec.describe PresenceRs::Hub::Room do
  include HubSupport

  let(:room) { described_class.new(nil) }
  let(:socket) { HubSupport::Recorder.new }
  let(:follower) { new_follower(socket) }

  def enter(one = follower)
    room.enter(one)
    room.settle([one], state("a", 3))
  end

  it "takes a follower in once" do
    expect(room.enter(follower)).to eq(:entered)
    expect(room.enter(follower)).to eq(:busy)
    expect(room.size).to eq(1)
  end

  it "is retired once it is empty, and takes nobody in again" do
    enter
    expect { room.leave(follower) }.to change(room, :retired?).from(false).to(true)
    expect(room.enter(new_follower(socket))).to eq(:retired)
    expect(room.leave(new_follower(socket))).to eq(:retired)
  end

  it "sorts those who need something to be found out by what that is" do
    behind, ahead, fine = Array.new(3) { new_follower(HubSupport::Recorder.new) }
    [behind, ahead, fine].each { |one| enter(one) }
    room.deliver(diff("b", 0, 1), 0)
    expect(room.settle([behind], ["b", 1, 1])).to be_empty
    expect(room.settle([ahead, fine], ["a", 3, 1])).to be_empty
    expect(room.deliver(diff("a", 4, 5), 0)).to eq(position: [behind], state: [ahead, fine])
  end

  it "forgets those who cannot be sent to" do
    enter
    socket.open = false
    room.deliver(diff("a", 3, 4), 0)
    expect(room).to be_retired
  end

  describe "#ack" do
    it "answers a follower with what it was sent" do
      enter
      expect(room.ack(follower)).to be(true)
      expect(socket.log).to eq([[:state, "a", 3], [:ack, "a", 3]])
    end

    it "answers one that holds with a state, once it is clear what it lacks" do
      enter
      room.deliver(diff("z", 8, 9), 0)
      expect(room.ack(follower)).to be(true)
      expect(room.settle([follower], ["a", 3, 1])).to eq(state: [follower])
      room.settle([follower], state("a", 3))
      expect(socket.log).to eq([[:state, "a", 3], [:state, "a", 3]])
    end

    it "does not answer one that is out" do
      enter
      room.deliver(diff("a", 3, 4), 1_000)
      expect(room.ack(follower)).to be(false)
    end
  end

  describe "#give_up" do
    it "takes out those who hold, and no others" do
      other = new_follower(HubSupport::Recorder.new)
      [follower, other].each { |one| enter(one) }
      room.enter(follower)
      room.give_up([follower, other])
      expect([follower.stage, other.stage, room.size]).to eq([:out, :following, 1])
    end
  end
end
