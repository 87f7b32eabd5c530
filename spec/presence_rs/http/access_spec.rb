# frozen_string_literal: true

require_relative "support"

RSpec.describe PresenceRs::Http::Access do
  include HttpSupport

  def statuses(path: "/presence/room", user: nil, **headers)
    %w[GET POST DELETE].map do |verb|
      response = request(verb, path, user: user, **headers)
      response.status < 400 ? response.status : error_of(response)
    end
  end

  describe "without authorize" do
    before { registry_with(authorize: nil) }

    it "opens the default topic to who is identified" do
      expect(statuses(path: "/presence/online", user: "ada")).to eq([200, 201, 204])
    end

    it "opens no other topic" do
      expect(statuses(user: "ada")).to all(eq([403, "forbidden"]))
    end

    it "opens nothing to who is not identified, reads neither" do
      expect(statuses(path: "/presence/online") + statuses).to all(eq([401, "unidentified"]))
    end

    it "follows the default topic of the configuration" do
      registry_with(authorize: nil, default_topic: "site")
      expect(statuses(path: "/presence/site", user: "ada")).to eq([200, 201, 204])
      expect(statuses(path: "/presence/online", user: "ada")).to all(eq([403, "forbidden"]))
    end
  end

  describe "with authorize" do
    it "asks with the request, the decoded topic and the action" do
      asked = []
      registry_with(authorize: ->(request, topic, action) { asked << [request.request_method, topic, action] })
      %w[GET HEAD POST DELETE].each { |verb| request(verb, "/presence/a%2Fb", user: "ada") }
      request("POST", "/presence/a%2Fb/leave", user: "ada")
      expect(asked).to eq([["GET", "a/b", :read], ["HEAD", "a/b", :read], ["POST", "a/b", :join],
                           ["DELETE", "a/b", :leave], ["POST", "a/b", :leave]])
    end

    it "takes a touch for a join" do
      registry_with(authorize: ->(_, _, action) { action != :join })
      expect(error_of(request("POST", "/presence/room", { touch: true }, user: "ada"))).to eq([403, "forbidden"])
    end

    it "refuses what it answers false or nil to" do
      [false, nil].each do |answer|
        registry_with(authorize: ->(*) { answer })
        expect(statuses(user: "ada")).to all(eq([403, "forbidden"]))
      end
      expect(registry["room"].count).to eq(0)
    end

    it "refuses the default topic too" do
      registry_with(authorize: ->(*) { false })
      expect(statuses(path: "/presence/online", user: "ada")).to all(eq([403, "forbidden"]))
    end

    it "may open reading to nobody in particular, but no writing" do
      registry_with(authorize: ->(*) { true })
      expect(statuses).to eq([200, [401, "unidentified"], [401, "unidentified"]])
    end

    it "decides an action at a time" do
      registry_with(authorize: ->(_, _, action) { action == :read })
      expect(statuses(user: "ada")).to eq([200, [403, "forbidden"], [403, "forbidden"]])
    end

    it "refuses and reports when it raises" do
      record_reports
      registry_with(authorize: ->(*) { raise "no such room" })
      expect(statuses(user: "ada")).to all(eq([403, "forbidden"]))
      expect(reported.map(&:message)).to eq(["no such room"] * 3)
    end
  end

  describe "identity" do
    it "is nobody, and reported, where identify raises" do
      record_reports
      registry_with(identify: ->(_) { raise "boom" })
      expect(error_of(request("POST", "/presence/room"))).to eq([401, "unidentified"])
      expect(reported.map(&:message)).to eq(["boom"])
    end

    it "is nobody where identify is not set, and the answer says so" do
      registry_with(identify: nil)
      response = request("POST", "/presence/room", user: "ada")
      expect(error_of(response)).to eq([401, "unidentified"])
      expect(json(response)["error"]["message"]).to include("config.identify is not set")
    end

    { "a record" => Struct.new(:id).new(42), "an Integer" => 42, "a Symbol" => :"42", "a String" => "42".b }
      .each do |what, person|
        it "may be #{what}" do
          registry_with(identify: ->(_) { person })
          request("POST", "/presence/room")
          expect(registry["room"].ids).to eq(["42"])
        end
      end

    it "is asked for before the body is read" do
      expect(error_of(request("POST", "/presence/room", "{"))).to eq([401, "unidentified"])
    end
  end

  describe "the origin of a write" do
    [nil, "http://example.org", "https://a.test"].each do |origin|
      it "may be none, the app's own or an allowed one: #{origin.inspect}" do
        registry_with(allowed_origins: ["https://a.test"])
        expect(statuses(user: "ada", **{ HTTP_ORIGIN: origin }.compact)).to eq([200, 201, 204])
      end
    end

    ["https://evil.test", "https://example.org", "null", "http://\xFF.test"].each do |origin|
      it "may not be #{origin.inspect}, though reads may" do
        foreign = [403, "foreign_origin"]
        expect(statuses(user: "ada", HTTP_ORIGIN: origin.b)).to eq([200, foreign, foreign])
      end
    end

    it "may not be cross-site" do
      foreign = [403, "foreign_origin"]
      expect(statuses(user: "ada", HTTP_SEC_FETCH_SITE: "cross-site")).to eq([200, foreign, foreign])
    end

    it "is checked for beacons as well, and before anybody is asked for" do
      registry_with(identify: ->(_) { raise "asked" }, authorize: ->(*) { raise "asked" })
      response = request("POST", "/presence/room/leave", HTTP_ORIGIN: "https://evil.test")
      expect(error_of(response)).to eq([403, "foreign_origin"])
      expect(json(response)["error"]["message"])
        .to include("https://evil.test", "http://example.org", "allowed_origins")
    end
  end
end
