# frozen_string_literal: true

require_relative "support"

RSpec.describe PresenceRs::Http::Path do
  def path(info, base = "/presence")
    described_class.under(base, info)
  end

  describe ".under" do
    it "is the API's at the base and below it" do
      expect(%w[/presence /presence/ /presence/x /presence/x/leave].map { |info| path(info) })
        .to all(be_a(described_class))
    end

    it "leaves to the app whatever merely looks like the base" do
      expect(["/presences", "/presence.json", "/", "", nil, "/a/presence/x", "/Presence/x"].map { |info| path(info) })
        .to all(be_nil)
    end

    it "follows a changed base, with or without a slash at its end" do
      expect(path("/api/online/x", "/api/online/").topic).to eq("x")
      expect(path("/presence/x", "/api/online")).to be_nil
    end

    it "takes everything where the base is the root" do
      expect(path("/x", "/").topic).to eq("x")
    end

    it "compares bytes where both hold more than ASCII" do
      expect(path("/prés/x".b, "/prés").topic).to eq("x")
    end
  end

  describe "#topic" do
    {
      "/presence/room:1" => "room:1",
      "/presence/room:1/" => "room:1",
      "/presence/a%2Fb" => "a/b",
      "/presence/x%2fleave" => "x/leave",
      "/presence/a+b%20c" => "a+b c",
      "/presence/caf%C3%A9" => "café",
      "/presence/café".b => "café",
      "/presence/leave" => "leave",
      "/presence/__proto__" => "__proto__",
      "/presence/100%25" => "100%",
      "/presence/%252F" => "%2F",
      "/presence/room%3A1/leave" => "room:1"
    }.each do |info, topic|
      it "of #{info.dup.force_encoding("UTF-8")} is #{topic.inspect}, in UTF-8" do
        expect(path(info).topic).to eq(topic).and have_attributes(encoding: Encoding::UTF_8)
      end
    end

    ["%", "100%", "%zz", "%2", "a%2Gb"].each do |segment|
      it "is an InvalidName that says so for the bad percent-escape #{segment.inspect}" do
        expect { path("/presence/#{segment}").topic }
          .to raise_error(PresenceRs::InvalidName, /percent-escapes.*#{Regexp.escape(segment)}/)
      end
    end

    it "is an InvalidName for what is no UTF-8, or is longer than a name may be" do
      expect { path("/presence/%FF").topic }.to raise_error(PresenceRs::InvalidName)
      expect { path("/presence/\xFF".b).topic }.to raise_error(PresenceRs::InvalidName)
      expect { path("/presence/#{"x" * 256}").topic }.to raise_error(PresenceRs::InvalidName)
    end

    it "may be as long as a name may be once it is decoded" do
      expect(path("/presence/#{"%78" * 255}").topic).to eq("x" * 255)
    end
  end

  describe "#topic?" do
    it "holds for a topic, and for a topic's leave" do
      expect(%w[/presence/x /presence/x/ /presence/x/leave /presence/x/leave/].map { |info| path(info).topic? })
        .to all(be(true))
    end

    it "does not hold without a topic, or with more than one thing below it" do
      expect(%w[/presence /presence/ /presence// /presence//leave /presence/x/y /presence/x// /presence/x/leave/y]
        .map { |info| path(info).topic? }).to all(be(false))
    end
  end

  describe "#leave?" do
    it "tells a leave from a topic whose name merely ends like one" do
      expect(path("/presence/x/leave")).to be_leave
      expect(path("/presence/x%2Fleave")).not_to be_leave
      expect(path("/presence/leave")).not_to be_leave
    end
  end
end
