# frozen_string_literal: true

require_relative "support"

RSpec.describe PresenceRs::Http::Responses do
  describe ".error" do
    it "survives a message that is no UTF-8" do
      _, _, body = described_class.error(PresenceRs::Http::Refusal.new(:invalid_name, "bad: \xFF".b))
      expect(JSON.parse(body.join)).to eq("error" => { "code" => "invalid_name", "message" => "bad: \uFFFD" })
    end
  end

  describe ".json" do
    it "counts bytes, not characters" do
      _, headers, = described_class.json(200, '"é"')
      expect(headers["content-length"]).to eq("4")
    end
  end
end
