# frozen_string_literal: true

require_relative "support"

RSpec.describe PresenceRs::Http::Origin do
  def origin_of(env, allowed: [], request: nil)
    config = instance_double(PresenceRs::Configuration, allowed_origins: allowed)
    visitor = { env: env, config: config, request: request, rails?: !request.nil? }
    described_class.new(instance_double(PresenceRs::Http::Visitor, **visitor))
  end

  def foreign?(origin: nil, site: nil, host: "app.test", scheme: "http", allowed: [], **env)
    env = env.transform_keys(&:to_s).merge("HTTP_HOST" => host, "rack.url_scheme" => scheme)
    env["HTTP_ORIGIN"] = origin if origin
    env["HTTP_SEC_FETCH_SITE"] = site if site
    origin_of(env, allowed: allowed).foreign?
  end

  describe "a request's own origin" do
    [
      ["http", "app.test", "http://app.test"],
      ["http", "app.test:80", "http://app.test"],
      ["http", "app.test", "http://app.test:80"],
      ["https", "app.test:443", "https://app.test"],
      ["http", "APP.test", "HTTP://app.TEST"],
      ["http", "app.test:3000", "http://app.test:3000"],
      ["http", "[::1]:3000", "http://[::1]:3000"],
      ["http", "[::1]", "http://[::1]:80"],
      ["http", "127.0.0.1:80", "http://127.0.0.1"]
    ].each do |scheme, host, origin|
      it "is #{origin} for #{scheme}://#{host}" do
        expect(foreign?(origin: origin, scheme: scheme, host: host)).to be(false)
      end
    end

    [
      ["another host", "http", "app.test", "http://evil.test"],
      ["another scheme", "http", "app.test", "https://app.test"],
      ["another port", "http", "app.test", "http://app.test:3000"],
      ["a subdomain", "http", "app.test", "http://www.app.test"],
      ["a host that ends alike", "http", "app.test", "http://evilapp.test"],
      ["a host that begins alike", "http", "app.test", "http://app.test.evil.test"],
      ["credentials", "http", "app.test", "http://app.test@evil.test"],
      ["https's port on http", "http", "app.test", "http://app.test:443"],
      ["nobody's origin", "http", "app.test", "null"],
      ["nothing", "http", "app.test", ""],
      ["what is no origin", "http", "app.test", "app.test"],
      ["a path", "http", "app.test", "http://app.test/x"],
      ["two origins", "http", "app.test", "http://app.test http://evil.test"],
      ["two headers made one", "http", "app.test", "http://app.test, http://evil.test"],
      ["bytes that are no UTF-8", "http", "app.test", "http://\xFF.test".b],
      ["a host header that is none", "http", "a b", "http://a b"]
    ].each do |what, scheme, host, origin|
      it "is not #{origin.dup.force_encoding("UTF-8").scrub.inspect} (#{what})" do
        expect(foreign?(origin: origin, scheme: scheme, host: host)).to be(true)
      end
    end

    it "is the server's name and port where there is no Host" do
      server = { SERVER_NAME: "app.test", SERVER_PORT: "9292" }
      expect(foreign?(origin: "http://app.test:9292", host: nil, **server)).to be(false)
    end

    it "is https where the server says so" do
      expect(foreign?(origin: "https://app.test", HTTPS: "on")).to be(false)
    end

    it "is not what forwarded headers claim in a bare Rack app" do
      expect(foreign?(origin: "https://evil.test", HTTP_X_FORWARDED_HOST: "evil.test", HTTP_X_FORWARDED_PROTO: "https",
                      HTTP_FORWARDED: "host=evil.test;proto=https")).to be(true)
    end

    it "is the request's base URL in Rails" do
      request = instance_double(Rack::Request, base_url: "https://app.test:443")
      expect(origin_of({ "HTTP_ORIGIN" => "https://app.test" }, request: request)).not_to be_foreign
      expect(origin_of({ "HTTP_ORIGIN" => "http://app.test" }, request: request)).to be_foreign
    end
  end

  describe "Sec-Fetch-Site" do
    { "cross-site" => true, "Cross-Site" => true, "same-site" => false, "same-origin" => false, "none" => false,
      nil => false }
      .each do |site, foreign|
        it "#{site.inspect} #{foreign ? "is" : "is not"} foreign without an Origin" do
          expect(foreign?(site: site)).to be(foreign)
        end
      end

    it "cross-site is foreign with the request's own Origin too" do
      expect(foreign?(origin: "http://app.test", site: "cross-site")).to be(true)
    end

    it "same-origin does not excuse a foreign Origin" do
      expect(foreign?(origin: "http://evil.test", site: "same-origin")).to be(true)
    end
  end

  describe "allowed_origins" do
    let(:allowed) { ["https://Other.test", "capacitor://localhost", %r{\Ahttps://[a-z]+\.friends\.test\z}] }

    ["https://other.test", "https://other.test:443", "capacitor://localhost", "https://a.friends.test"].each do |origin|
      it "lets in #{origin}, from another site as browsers say it is" do
        expect(foreign?(origin: origin, site: "cross-site", allowed: allowed)).to be(false)
      end
    end

    %w[http://other.test https://other.test:444 https://a.friends.test.evil.test https://friends.test].each do |origin|
      it "keeps out #{origin}" do
        expect(foreign?(origin: origin, allowed: allowed)).to be(true)
      end
    end

    it "never lets in null, even where a pattern matches everything" do
      expect(foreign?(origin: "null", allowed: ["null", /.*/])).to be(true)
    end

    it "says nothing about a cross-site request without an Origin" do
      expect(foreign?(site: "cross-site", allowed: allowed + [/.*/])).to be(true)
    end

    it "may be a single one" do
      expect(foreign?(origin: "https://other.test", allowed: "https://other.test")).to be(false)
    end
  end
end
