# frozen_string_literal: true

require_relative "engine/support"

RSpec.describe "PresenceRs::Engine", :processes do
  include RailsAppSupport

  # What bin/rails makes of it, without an application's bin/rails.
  def start_rails_server(env)
    port = Servers.free_port
    script = "APP_PATH = #{File.join(app, "config/environment").dump}; require 'rails/commands'"
    command = ["ruby", "-rbundler/setup", "-e", script, "--", "server", "--port", port.to_s]
    started(Servers::Server.new(command, port: port, chdir: app, env: app_env.merge(env)).tap(&:start))
  end

  describe "in an app with nothing but Action Controller" do
    it "puts the middleware last, once" do
      stack = run_in(rails_app, "result Rails.application.middleware.map(&:name)")
      expect(stack.last).to eq("PresenceRs::Middleware")
      expect(stack.count("PresenceRs::Middleware")).to eq(1)
    end

    it "answers under /presence" do
      root = rails_app(application: <<~RUBY)
        config.presence_rs.identify { |request| request.get_header("HTTP_X_USER") }
      RUBY
      answers = run_in(root, <<~RUBY)
        session = { input: '{"session":"tab"}', "HTTP_X_USER" => "ada" }
        result [request(:post, "/presence/online", **session).status, PresenceRs.online?("ada"),
                get("/presence/online", "HTTP_X_USER" => "ada").body]
      RUBY
      expect(answers[0..1]).to eq([201, true])
      expect(JSON.parse(answers[2])).to include("type" => "presence_state", "count" => 1)
    end

    it "can be loaded whole, without Action Cable" do
      root = rails_app(application: "config.eager_load = true")
      expect(run_in(root, "result defined?(ActionCable).inspect")).to eq("nil")
    end
  end

  describe "the middleware's place" do
    it "is behind what the app and other gems put in to tell who makes a request" do
      root = rails_app(
        railties: ["action_controller/railtie", "#{__dir__}/engine/authentication"],
        application: "config.presence_rs.identify { |request| [request.get_header('gem.user'), " \
                     "request.get_header('app.user'), request.session[:user], request.cookies['user']].join(' ') }",
        "config/initializers/authentication.rb": <<~RUBY
          Rails.application.config.middleware.use(Class.new do
            def initialize(app) = @app = app

            def call(env)
              ActionDispatch::Request.new(env).session[:user] = "session"
              @app.call(env.merge!("app.user" => "app"))
            end
          end)
        RUBY
      )
      expect(run_in(root, <<~RUBY)).to eq(["gem app session cookie"])
        get("/", "HTTP_COOKIE" => "user=cookie")
        result PresenceRs["online"].ids
      RUBY
    end

    it "can be moved" do
      root = rails_app(application: "config.middleware.move_before Rack::Head, PresenceRs::Middleware")
      stack = run_in(root, "result Rails.application.middleware.map(&:name)")
      expect(stack.each_cons(2)).to include(["PresenceRs::Middleware", "Rack::Head"])
    end
  end

  describe "config.presence_rs" do
    it "is what PresenceRs.configure changes, in whatever order both are used" do
      root = rails_app(
        application: "config.presence_rs.ttl = 30\nconfig.presence_rs.linger = 7",
        "config/environments/test.rb": "Rails.application.configure { config.presence_rs.grace = ActiveSupport::Duration.build(8) }",
        "config/initializers/a.rb": "PresenceRs.configure { |config| config.ttl = 31 }",
        "config/initializers/b.rb": "Rails.application.config.presence_rs.request_ttl = 90",
        "config/initializers/c.rb": "PresenceRs.configure { |config| config.touch_every = 9 }"
      )
      expect(run_in(root, <<~RUBY)).to eq([31, 7, 8, 90, 9, true])
        config = PresenceRs.registry.config
        result [config.ttl, config.linger, config.grace.to_i, config.request_ttl, config.touch_every,
                Rails.application.config.presence_rs.equal?(PresenceRs.configuration)]
      RUBY
    end

    it "is left as it was by a PresenceRs.configure that is refused" do
      root = rails_app(application: "config.presence_rs.ttl = 30")
      expect(run_in(root, <<~RUBY)).to match([/heartbeat must be below the ttl/, 30])
        begin
          PresenceRs.configure { |config| config.ttl = 1; config.heartbeat = 2 }
        rescue PresenceRs::ConfigurationError => error
          result [error.message, Rails.application.config.presence_rs.ttl]
        end
      RUBY
    end

    it "is checked at boot, where single settings were fine and do not go together" do
      root = rails_app(application: "config.presence_rs.ttl = 5\nconfig.presence_rs.heartbeat = 6")
      expect { run_in(root, "result :booted") }
        .to raise_error(RuntimeError, /heartbeat must be below the ttl \(5\).*ConfigurationError/m)
    end
  end

  describe "the ES modules" do
    it "are served by a plain route each, where there is no asset pipeline" do
      root = rails_app(railties: ["action_controller/railtie", "action_cable/engine"])
      ours, cable, again, head, other = run_in(root, <<~RUBY)
        first = get("/presence_rs.js")
        tag = first.headers["etag"]
        show = ->(answer) { [answer.status, answer.headers.slice("content-type", "cache-control"), answer.body] }
        result [show.(first), show.(get("/actioncable.esm.js")), show.(get("/presence_rs.js", "HTTP_IF_NONE_MATCH" => tag)),
                show.(request(:head, "/presence_rs.js")), show.(get("/presence_rs.jsx"))]
      RUBY
      headers = { "content-type" => "text/javascript; charset=utf-8", "cache-control" => "public, no-cache" }
      expect(ours).to eq([200, headers, File.read(File.join(Checkout::ROOT, "app/assets/javascripts/presence_rs.js"))])
      expect(cable).to match([200, headers, /export \{.*createConsumer/m])
      expect([again[0], again[2]]).to eq([304, ""])
      expect([head[0], head[2]]).to eq([200, ""])
      expect(other[0]).to eq(404)
    end

    it "are served with those that are further ones of ours" do
      status, body, path = run_in(rails_app(railties: ["action_controller/railtie", "action_view/railtie"]), <<~RUBY)
        answer = get("/presence_rs/peers.js")
        result [answer.status, answer.body, ActionController::Base.helpers.asset_path("presence_rs/peers.js")]
      RUBY
      expect([status, path]).to eq([200, "/presence_rs/peers.js"])
      expect(body).to eq(File.read(File.join(Checkout::ROOT, "app/assets/javascripts/presence_rs/peers.js")))
    end

    it "have a style sheet beside them, where stylesheet_link_tag looks for it" do
      status, type, tag = run_in(rails_app(railties: ["action_controller/railtie", "action_view/railtie"]), <<~RUBY)
        answer = get("/stylesheets/presence_rs.css")
        result [answer.status, answer.headers["content-type"], ActionController::Base.helpers.stylesheet_link_tag("presence_rs")]
      RUBY
      expect([status, type, tag]).to match([200, "text/css; charset=utf-8", %r{href="/stylesheets/presence_rs.css"}])
    end

    it "are found by asset_path as well" do
      root = rails_app(railties: ["action_controller/railtie", "action_view/railtie"])
      expect(run_in(root, "result ActionController::Base.helpers.asset_path('presence_rs.js')")).to eq("/presence_rs.js")
    end

    it "are only ours, without Action Cable" do
      expect(run_in(rails_app, "result get('/actioncable.esm.js').status")).to eq(404)
    end

    it "come from Propshaft, where that is" do
      root = rails_app(railties: ["action_controller/railtie", "action_view/railtie", "propshaft"])
      path, status, type, plain = run_in(root, <<~RUBY)
        path = ActionController::Base.helpers.asset_path("presence_rs.js")
        answer = get(path)
        result [path, answer.status, answer.headers["content-type"], get("/presence_rs.js").status]
      RUBY
      expect(path).to match(%r{\A/assets/presence_rs-\h+\.js\z})
      expect([status, type, plain]).to eq([200, "text/javascript", 404])
    end

    it "are compiled by Sprockets, which is told of ours" do
      root = rails_app(application: "config.assets = ActiveSupport::OrderedOptions.new.merge!(precompile: ['app.js'])")
      expect(run_in(root, "result Rails.application.config.assets.precompile"))
        .to eq(%w[app.js presence_rs.js presence_rs/elements.js presence_rs/peers.js presence_rs.css])
    end

    it "are pinned for importmap-rails, before what the app pins" do
      root = rails_app(railties: ["action_controller/railtie", "action_cable/engine", "#{__dir__}/engine/importmap"],
                       "config/importmap.rb": 'pin "@rails/actioncable", to: "my_cable.js"')
      expect(run_in(root, "result [Pins::ALL, Rails.application.config.importmap.cache_sweepers]")).to eq([
        { "presence_rs" => { "to" => "presence_rs.js", "preload" => false },
          "presence_rs/elements" => { "to" => "presence_rs/elements.js", "preload" => false },
          "presence_rs/peers" => { "to" => "presence_rs/peers.js", "preload" => false },
          "@rails/actioncable" => { "to" => "my_cable.js" } },
        [File.join(Checkout::ROOT, "app/assets/javascripts")]
      ])
    end
  end

  describe "the tags for views" do
    it "are in every view, and their channel where Action Cable is" do
      root = rails_app(railties: ["action_controller/railtie", "action_view/railtie", "action_cable/engine"],
                       application: "config.eager_load = true")
      expect(run_in(root, <<~RUBY)).to eq([true, true, "PresenceRs::TopicChannel", "online"])
        view = ActionController::Base.new.view_context
        html = view.presence_list_tag("lobby")
        ticket = Nokogiri::HTML5.fragment(view.presence_count_tag).children.first["signed-topic"]
        result [html.include?("presence_slot_m6e616d65_"), I18n.t("presence_rs.online") == "online",
                ActionCable::Channel::Base.descendants.map(&:name).grep(/Presence/).first,
                PresenceRs::Tags::Ticket.read(:topic, ticket)["topic"]]
      RUBY
    end

    it "come with a partial that the app replaces by one of its own" do
      root = rails_app(railties: ["action_controller/railtie", "action_view/railtie"],
                       "app/views/presence_rs/_member.html.erb": "<i><%= member[:name] %></i>")
      expect(run_in(root, <<~RUBY)).to match(%r{<template><li data-presence-id="presence_slot_i_"><i>presence_slot_m6e616d65_</i></li>})
        class PagesController < ActionController::Base; end
        result PagesController.new.view_context.presence_list_tag("lobby")
      RUBY
    end
  end

  describe "reloading" do
    it "gives handlers and identify the app's new code, and adds nothing twice" do
      root = rails_app(
        environment: "development",
        application: "config.enable_reloading = true\nconfig.file_watcher = ActiveSupport::FileUpdateChecker\n" \
                     "routes.append { root to: ->(_env) { [200, {}, [Greeter.name]] } }",
        "app/models/greeter.rb": "class Greeter; def self.user = 'before'; def self.heard(id) = \"before \#{id}\"; end",
        "config/initializers/presence_rs.rb": <<~RUBY
          PresenceRs.configure { |config| config.identify { |_request| Greeter.user } }
          HEARD = Queue.new
          PresenceRs.on(:join) { |event| HEARD << Greeter.heard(event.id) }
        RUBY
      )
      heard, ids, same = run_in(root, <<~'RUBY')
        get("/")
        heard = [HEARD.pop]
        middleware = PresenceRs::Middleware
        file = Rails.root.join("app/models/greeter.rb")
        file.write(file.read.gsub("before", "after"))
        get("/")
        heard << HEARD.pop
        result [heard + Array.new(HEARD.size) { HEARD.pop }, PresenceRs["online"].ids, middleware.equal?(PresenceRs::Middleware)]
      RUBY
      expect(heard).to eq(["before before", "after after"])
      expect(ids).to contain_exactly("before", "after")
      expect(same).to be(true)
    end
  end

  describe "the store" do
    it "is of itself the one that the processes of a machine share, in tmp/presence" do
      app = rails_app(environment: "production")
      run_in(app, 'result PresenceRs["room"].join("ada", ttl: 300)')

      expect(run_in(app, 'result [PresenceRs.configuration.store, PresenceRs["room"].ids]')).to eq(["shared", ["ada"]])
      expect(Dir.children(File.join(app, "tmp/presence"))).not_to be_empty
    end

    it "is memory in tests" do
      app = rails_app(environment: "test")
      expect(run_in(app, 'PresenceRs["room"].join("ada"); result PresenceRs.configuration.store')).to eq("memory")
      expect(File).not_to exist(File.join(app, "tmp/presence"))
    end

    it "is what the application says" do
      app = rails_app(environment: "production", application: "config.presence_rs.store = :memory")
      expect(run_in(app, "result PresenceRs.configuration.store")).to eq("memory")
    end

    it "says what mends it where the directory cannot be used" do
      app = rails_app(environment: "production")
      FileUtils.mkdir_p(File.join(app, "tmp"))
      File.symlink("/tmp", File.join(app, "tmp/presence"))

      message = run_in(app, <<~RUBY)
        begin
          PresenceRs.count
        rescue PresenceRs::ConfigurationError => e
          result e.message
        end
      RUBY
      expect(message).to match(/symbolic link/).and include("tmp/presence")
    end
  end

  describe "Puma with several workers, on the memory store" do
    let(:app) do
      rails_app(
        environment: "production",
        application: <<~RUBY
          config.eager_load = true
          config.presence_rs.coalesce = 0
          config.presence_rs.store = :memory
          config.presence_rs.identify { |request| request.get_header("HTTP_X_USER") }
          routes.append { root to: ->(_env) { [200, {}, [Process.pid.to_s]] } }
        RUBY
      )
    end

    def notices(server)
      wait_until("all workers to boot", within: 60) { server.output.scan(/Worker \d \(PID: \d+\) booted/).size >= 2 }
      server.output.lines.grep(/presence_rs:/)
    end

    # One connection is one worker's.
    def talk_to_a_worker(server, name)
      Net::HTTP.start("127.0.0.1", server.port) do |http|
        pid = http.get("/").body
        http.post("/presence/online", "{}", "X-User" => name)
        [pid, JSON.parse(http.get("/presence/online", "X-User" => name).body)["members"].map { |member| member["id"] }]
      end
    end

    it "works a worker, and says once at boot that they will not see each other" do
      server = start_puma(app, "--workers", "2", "--preload", env: app_env)
      expect(notices(server)).to match([/2 workers, and the store is :memory: .*`workers 0`.*config\.presence_rs\.store/])

      people = Hash.new { |hash, pid| hash[pid] = [] }
      wait_until("an answer of each worker", within: 60) do
        name = "user-#{people.values.sum(&:size)}"
        pid, seen = talk_to_a_worker(server, name)
        people[pid] << name
        expect(seen).to match_array(people[pid])
        people.size == 2
      end
      expect(notices(server).size).to eq(1)
    end

    it "says it once without preload_app too, where each worker boots the app" do
      write(app, "config/puma.rb", "workers 2\npreload_app! false\n")
      server = start_puma(app, env: app_env)
      expect(notices(server).size).to eq(1)
    end

    it "says it under `rails server` as well, which boots the app before it reads Puma's configuration" do
      server = start_rails_server("WEB_CONCURRENCY" => "2")
      expect(notices(server).size).to eq(1)
    end

    it "says nothing where there is one process" do
      server = start_puma(app, env: app_env)
      expect(server.output).not_to include("presence_rs:")
    end

    it "says nothing where the store is another one" do
      write(app, "config/initializers/store.rb", <<~RUBY)
        PresenceRs.configure { |config| config.store = PresenceRs::Stores::Memory.build(config) }
      RUBY
      expect(notices(start_puma(app, "--workers", "2", env: app_env))).to be_empty
    end

    it "says nothing in a console or a job, whatever WEB_CONCURRENCY is" do
      run_in(app, "result PresenceRs.count", env: { "WEB_CONCURRENCY" => "2" })
      expect(output).not_to include("presence_rs:")
    end
  end

  it "reports through Rails.error what goes wrong in the app's blocks, and the request goes on" do
    root = rails_app(application: 'config.presence_rs.identify { |_request| raise "who?" }')
    expect(run_in(root, <<~RUBY)).to eq([404, [["who?", "presence_rs"]]])
      reports = []
      Rails.error.subscribe(Class.new do
        define_method(:report) { |error, source:, **| reports << [error.message, source] }
      end.new)
      result [get("/").status, reports]
    RUBY
  end
end
