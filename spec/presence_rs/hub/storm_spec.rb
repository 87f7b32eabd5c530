# frozen_string_literal: true

require "spec_helper"
require_relative "support"

# A thousand arrivals at once: what is made for all of them is made once.
RSpec.describe PresenceRs::Hub, "in a storm" do
  include HubSupport

  # Keeps the very Strings that reach it.
  let(:socket_class) do
    Class.new(HubSupport::Recorder) do
      def frames = @frames ||= []

      def transmit(message)
        frames << message.frame("room")
        super
      end
    end
  end
  let(:clock) { PresenceRs::ManualClock.new }
  let(:registry) { PresenceRs::Registry.new(ttl: 30, clock: clock, **settings) }
  let(:settings) { {} }
  let(:hub) { registry.hub }
  let(:room) { registry["lobby"] }
  let(:sockets) { [] }

  after { registry.close }

  def arrive(name)
    room.join(name)
    socket = socket_class.new
    sockets << socket
    hub.follow(described_class::Follower.new(topic: "lobby", socket: socket, ttl: 1_000, now: hub.now))
  end

  # So many arrive, evenly, within so many seconds; what is pending goes out where a window ends, as a position says.
  def storm(number, seconds:)
    number.times do |n|
      arrive("m#{n}")
      clock.advance(seconds.fdiv(number))
    end
    clock.advance(0.5)
    room.position
  end

  def made(type)
    sockets.flat_map { |socket| socket.sent.zip(socket.frames).filter_map { |data, frame| frame if data["type"] == type } }
  end

  # Different Strings, not different texts.
  def encodings(type) = made(type).map(&:object_id).uniq.size

  it "makes one snapshot and one diff a window, and gives all sockets the same Strings" do
    expect(registry.store).to receive(:snapshot).exactly(500).times.and_call_original
    storm(500, seconds: 3)
    versions = room.position[1]
    expect(versions).to be_between(6, 10)
    expect(made("presence_state").size).to eq(500)
    expect(encodings("presence_state")).to be <= versions
    expect(encodings("presence_diff")).to eq(versions - 1)
  end

  it "gives who joins within a window the snapshot that is there, and what comes after it" do
    storm(100, seconds: 0.4)
    last = sockets.last.sent
    expect(last.map { |data| data["type"] }).to eq(%w[presence_state presence_diff])
    expect(last.first["count"]).to be < 100
    expect(last.last).to include("from" => last.first["version"], "count" => 100)
  end

  it "sends each of them few messages, however many they are" do
    storm(1_000, seconds: 3)
    expect(sockets.map { |socket| socket.sent.size }.max).to be <= 10
    counts = sockets.map { |socket| socket.sent.last["count"] }
    expect(counts.uniq).to eq([1_000])
  end

  describe "over list_limit" do
    let(:settings) { { list_limit: 200 } }

    it "sends samples, so that a socket costs the same however many there are" do
      storm(200, seconds: 1)
      few = sockets.sum { |socket| socket.frames.sum(&:bytesize) }
      already = sockets.size
      200.times { |n| arrive("later#{n}") && clock.advance(0.005) }
      later = sockets.drop(already).sum { |socket| socket.frames.sum(&:bytesize) }
      expect(later).to be < few
    end
  end
end
