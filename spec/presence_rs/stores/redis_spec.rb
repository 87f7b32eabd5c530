# frozen_string_literal: true

require "securerandom"

RSpec.describe PresenceRs::Stores::Redis do
  RedisServer::PROGRAMS.each do |program|
    describe "on #{program}" do
      it_behaves_like "a store" do
        let(:prefix) { "specs:#{SecureRandom.hex(6)}" }
        let(:store) { [:redis, { url: RedisServer.shared(program).url, prefix:, timeout: 10 }] }
      end
    end
  end
end
