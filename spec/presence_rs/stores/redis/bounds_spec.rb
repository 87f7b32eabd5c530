# frozen_string_literal: true

# For how long callers wait at most while the server does not answer: no longer than its time limit, however many they are.
RSpec.describe PresenceRs::Stores::Redis, "at a server that stands still" do
  let(:server) { RedisServer.start }
  let(:timeout) { 0.5 }
  let(:callers) { 20 }
  # One connection, so that all have to wait for each other.
  let(:registry) { PresenceRs::Registry.new(store: [:redis, { url: server.url, timeout:, pool: 1 }]) }
  # What the last waits where each waits for those before.
  let(:in_turn) { callers * timeout }

  before do
    PresenceRs.configure { |config| config.on_error = ->(*) {} }
    registry["room"].join("ada")
    registry.watch("room") # connects its feed
    server.pause
  end

  after do
    server.resume
    registry.close
    PresenceRs.configure { |config| config.on_error = nil }
    server.stop
  end

  # @return [Array<Array>] of each call, at the same time as all others: what was raised, and the seconds until then
  def all_at_once
    Array.new(callers) { |n|
      Thread.new do
        started = Waiting.now
        yield n
        [nil, Waiting.now - started]
      rescue PresenceRs::Error => e
        [e.class, Waiting.now - started]
      end
    }.map(&:value)
  end

  it "keeps nobody waiting for those before them" do
    raised, took = all_at_once { |n| n.even? ? registry["room"].count : registry["room"].join("m#{n}") }.transpose
    expect(raised.uniq).to eq([PresenceRs::StoreUnavailable])
    expect(took.max).to be < in_turn / 2
  end

  it "keeps nobody waiting who begins to follow a topic, as a socket does" do
    raised, took = all_at_once { |n| registry.watch("room:#{n}") }.transpose
    expect(raised.uniq).to eq([PresenceRs::StoreUnavailable])
    expect(took.max).to be < in_turn / 2
  end
end
