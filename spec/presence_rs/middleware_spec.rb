# frozen_string_literal: true

require_relative "http/support"
require "open3"

RSpec.describe PresenceRs::Middleware do
  include HttpSupport

  let(:online) { registry["online"] }

  describe "a page request" do
    it "brings its member online before the app is called" do
      seen = nil
      @inner = ->(_env) { (seen = online.ids) && [200, {}, []] }
      request("GET", "/", user: "ada")
      expect(seen).to eq(["ada"])
    end

    it "keeps its member online for request_ttl, as one who lingers" do
      request("GET", "/", user: "ada")
      expect(online.member("ada").sessions).to eq(0)
      clock.advance(299)
      expect(online.online?("ada")).to be(true)
      clock.advance(1)
      expect(online.online?("ada")).to be(false)
    end

    it "counts whatever its method and its path" do
      %w[GET POST PUT OPTIONS].each { |verb| request(verb, "/a/#{verb}", user: verb) }
      expect(online.ids).to match_array(%w[GET POST PUT OPTIONS])
    end

    it "leaves the app's response as it is" do
      response = [204, { "x" => "y" }, []]
      env = Rack::MockRequest.env_for("/", "HTTP_X_USER" => "ada")
      expect(described_class.new(->(_) { response }, registry: registry).call(env)).to equal(response)
    end

    it "lets the app's own errors through" do
      @inner = ->(_env) { raise ArgumentError, "the app's" }
      expect { request("GET", "/", user: "ada") }.to raise_error(ArgumentError, "the app's")
    end

    it "does not count without a member" do
      request("GET", "/")
      expect(online.count).to eq(0)
    end

    it "does not count under config.path, at any answer" do
      ["/presence", "/presence/online", "/presence/%zz"].each { |path| request("GET", path, user: "ada") }
      expect(online.count).to eq(0)
    end

    it "counts under what is no longer config.path" do
      registry_with(path: "/api/online")
      expect(request("GET", "/presence/online", user: "ada").body).to eq("the app")
      expect(json(request("GET", "/api/online/online"))).to include("type" => "presence_state")
      expect(online.ids).to eq(["ada"])
    end

    it "finds config.path below where the app is mounted" do
      response = request("GET", "/presence/room", SCRIPT_NAME: "/shop")
      expect(json(response)).to include("topic" => "room")
    end

    [{ HTTP_UPGRADE: "websocket" }, { HTTP_UPGRADE: "WebSocket" }, { HTTP_UPGRADE: "h2c, websocket" },
     { "rack.protocol": ["websocket"] }].each do |headers|
      it "is not the upgrade of a WebSocket: #{headers}" do
        request("GET", "/cable", user: "ada", **headers)
        expect(online.count).to eq(0)
      end
    end

    it "is one with another upgrade" do
      request("GET", "/", user: "ada", HTTP_UPGRADE: "h2c")
      expect(online.count).to eq(1)
    end

    it "shows on the default topic of the configuration" do
      registry_with(default_topic: "site")
      request("GET", "/", user: "ada")
      expect(registry["site"].ids).to eq(["ada"])
    end
  end

  describe "a page request of a member with a live session" do
    before do
      online.join("ada", session: "tab")
      clock.advance(registry.config.touch_every + 1)
      online.touch("ada", session: "tab")
    end

    def close_tab
      online.leave("ada", session: "tab", linger: registry.config.linger)
      clock.advance(registry.config.linger)
      online.online?("ada")
    end

    it "holds the member online after the tab closed, where it is a navigation" do
      request("GET", "/", user: "ada", HTTP_SEC_FETCH_MODE: "navigate")
      expect(close_tab).to be(true)
    end

    it "holds it where the browser does not say what it is" do
      request("GET", "/", user: "ada")
      expect(close_tab).to be(true)
    end

    %w[cors no-cors same-origin websocket].each do |mode|
      it "holds nothing for a fetch: #{mode}" do
        request("GET", "/", user: "ada", HTTP_SEC_FETCH_MODE: mode)
        expect(close_tab).to be(false)
      end
    end
  end

  describe "what never fails the request" do
    before { record_reports }

    def page
      request("GET", "/", user: "ada").then { |response| [response.status, response.body] }
    end

    it "is an identify that raises" do
      registry_with(identify: ->(_) { raise "boom" })
      expect([page, reported.map(&:message)]).to eq([[200, "the app"], ["boom"]])
    end

    it "is an id that is no name" do
      registry_with(identify: ->(_) { "x" * 256 })
      expect(page).to eq([200, "the app"])
      expect(reported).to match([be_a(PresenceRs::InvalidName)])
    end

    it "is a store that fails" do
      [PresenceRs::StoreUnavailable.new("down"), IOError.new("down")].each do |error|
        allow(registry.default_topic).to receive(:visit).and_raise(error)
        expect(page).to eq([200, "the app"])
      end
      expect(reported.map(&:message)).to eq(%w[down down])
    end

    it "is a full topic" do
      registry_with(max_members_per_topic: 1)
      online.join("grace")
      expect(page).to eq([200, "the app"])
      expect(reported).to match([be_a(PresenceRs::LimitExceeded)])
    end

    it "is a process's registry that cannot be built" do
      allow(PresenceRs).to receive(:registry).and_raise(PresenceRs::StoreUnavailable.new("down"))
      PresenceRs.configure { |config| config.identify { "ada" } }
      response = described_class.new(inner).call(Rack::MockRequest.env_for("/"))
      expect([response.last, reported.map(&:message)]).to eq([["the app"], ["down"]])
    ensure
      PresenceRs.reset!
    end
  end

  describe "mounted twice between two Rack::Lints" do
    let(:asked) { [] }
    let(:twice) { Rack::Lint.new(mount(mount(Rack::Lint.new(inner)))) }

    before { registry_with(identify: ->(request) { asked.push(1) && request.get_header("HTTP_X_USER") }) }

    def mount(app)
      described_class.new(app, registry: registry)
    end

    it "counts a page request once, and asks who it is once" do
      topic = registry.default_topic
      allow(topic).to receive(:visit).and_call_original
      expect(request("GET", "/", user: "ada", app: twice).body).to eq("the app")
      expect(topic).to have_received(:visit).once
      expect(asked.size).to eq(1)
    end

    it "serves the API as ever" do
      expect(request("POST", "/presence/room", user: "ada", app: twice).status).to eq(201)
      expect(asked.size).to eq(1)
    end

    it "counts for each registry where they serve two" do
      first = registry
      second = registry_with
      app = described_class.new(described_class.new(inner, registry: second), registry: first)
      request("GET", "/", user: "ada", app: app)
      expect([first, second].map { |each| each["online"].ids }).to eq([["ada"], ["ada"]])
    end

    it "runs between two Lints around itself too" do
      app = Rack::Lint.new(mount(Rack::Lint.new(mount(Rack::Lint.new(inner)))))
      expect(%w[/ /presence/x].map { |path| request("GET", path, user: "ada", app: app).status }).to eq([200, 200])
    end
  end

  describe "without a registry of its own" do
    after { PresenceRs.reset! }

    it "serves the process's, also after a reset!" do
      app = described_class.new(inner)
      2.times do
        PresenceRs.reset!
        PresenceRs.configure do |config|
          config.identify(&HttpSupport::BY_HEADER)
          config.authorize { true }
        end
        expect(request("POST", "/presence/room", user: "ada", app: app).status).to eq(201)
      end
      expect(PresenceRs["room"].ids).to eq(["ada"])
    end
  end

  it "runs in a bare Rack app: neither Rails nor Active Support is loaded" do
    script = <<~'RUBY'
      require "presence_rs"
      PresenceRs.configure { |config| config.identify { |request| request.params["user"] } }
      app = PresenceRs::Middleware.new(->(_) { [200, {}, ["the app"]] })
      %w[/?user=ada /presence/online?user=ada].each { |url| puts app.call(Rack::MockRequest.env_for(url)).first }
      puts defined?(Rails).inspect, defined?(ActiveSupport).inspect, PresenceRs.count
    RUBY
    out, err, status = Open3.capture3("ruby", "-w", "-I", "lib", "-e", script)
    expect([out.split, err.lines.grep(%r{lib/presence_rs}), status.success?]).to eq([%w[200 200 nil nil 1], [], true])
  end

  it "says what is missing where there is no Rack" do
    hide_const("Rack")
    allow(PresenceRs::Http::Visitor).to receive(:require).with("rack").and_raise(LoadError, "no such file -- rack")
    expect { described_class.new(inner) }.to raise_error(PresenceRs::ConfigurationError, /needs the rack gem: add it/)
  end
end
