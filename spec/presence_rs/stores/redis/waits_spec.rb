# frozen_string_literal: true

require "redis_client"

# For how long anybody waits while the server is away: whoever asks first for the time limit, all others not at all.
RSpec.describe PresenceRs::Stores::Redis, "and those who wait for its server" do
  let(:server) { RedisServer.start }
  before { allow(PresenceRs).to receive(:report) } # that it is away

  after do
    server.resume
    registry.close
    server.stop
  end

  def refusal
    registry["room"].count.to_s
  rescue PresenceRs::StoreUnavailable => e
    e.message
  end

  def breaker = registry.store.instance_variable_get(:@link).breaker

  context "when a topic is to be followed" do
    let(:registry) { PresenceRs::Registry.new(store: [:redis, { url: server.url, timeout: 2, prefix: "waits" }]) }

    before do
      registry.watch("room")
      server.pause
      expect { registry["room"].count }.to raise_error(PresenceRs::StoreUnavailable)
    end

    it "is refused at once, after somebody has found out" do
      allow(breaker).to receive(:pause).and_return(1)
      expect { registry.watch("other") }.to raise_error(PresenceRs::StoreUnavailable, /a moment ago/)
      expect { registry.assure }.to raise_error(PresenceRs::StoreUnavailable, /a moment ago/)
      allow(breaker).to receive(:pause).and_call_original
    end

    it "is not refused for longer than the server is away, though nobody asks for anything else" do
      server.resume
      wait_until do
        registry.watch("other")
        registry.assure
        true
      rescue PresenceRs::StoreUnavailable
        false
      end
    end
  end

  # Of twenty who ask at once, each in turn with the same connection, hardly anybody waits for an answer.
  shared_examples "one connection" do
    let(:registry) { PresenceRs::Registry.new(store: [:redis, { client: client, timeout: 20, prefix: "waits" }]) }

    it "are refused once the first of them has found out" do
      registry["room"].count
      server.pause
      errors = Array.new(20) { Thread.new { refusal } }.map(&:value)
      expect(errors).to all(match(/cannot be asked/))
      expect(errors.count { |message| !message.include?("a moment ago") }).to be < 8
    end
  end

  context "with a client that is no pool" do
    let(:client) { RedisClient.new(url: server.url, timeout: 0.5) }

    it_behaves_like "one connection"
  end

  context "with a small pool" do
    let(:client) { RedisClient.config(url: server.url, timeout: 0.5).new_pool(size: 1, timeout: 20) }

    it_behaves_like "one connection"
  end
end
