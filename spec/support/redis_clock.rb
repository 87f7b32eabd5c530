# frozen_string_literal: true

require "securerandom"

# The clock of a server cannot be set for a spec: here the scripts read it with an offset that a key holds.
RSpec.shared_context "with a server whose clock can be set" do
  let(:server) { RedisServer.shared }
  let(:prefix) { "clocks#{SecureRandom.hex(4)}" }

  before do
    lua = PresenceRs::Stores::Redis::Scripts.const_get(:Lua)
    prelude = lua.prelude.sub('call("TIME")', "{ call(\"TIME\")[1] + (redis.call(\"GET\", \"#{prefix}:ahead\") or 0), call(\"TIME\")[2] }")
    raise "the prelude does not read the time as it did" if prelude == lua.prelude

    allow(lua).to receive(:prelude).and_return(prelude)
  end

  after { @made.to_a.each(&:close) }

  def registry(timeout: 5, **options)
    PresenceRs::Registry.new(store: [:redis, { url: server.url, timeout: timeout, prefix: prefix }], ttl: 30, coalesce: 0.01,
                             sweep_interval: 0.3, **options)
                        .tap { |made| (@made ||= []) << made }
  end

  def set_clock(seconds) = server.call("INCRBY", "#{prefix}:ahead", seconds)
end
