# frozen_string_literal: true

require "securerandom"

# For how long anybody waits while the server is away: whoever asks first for the time limit, all others not at all.
RSpec.describe PresenceRs::Stores::Redis, "and those who wait for its server" do
  let(:server) { RedisServer.start }
  before { allow(PresenceRs).to receive(:report) } # that it is away

  after do
    server.resume
    registry.close
    server.stop
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
end
