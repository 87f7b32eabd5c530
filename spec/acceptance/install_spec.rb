# frozen_string_literal: true

require "tmpdir"

# bin/rails generate presence_rs:install in new apps of each kind whose tools are here, twice, with a strict Content
# Security Policy; then a browser shows that what it made is enough, for the tag of its example and for those of views.
# importmap-rails is no package of Debian's: spec/generators has it by the files that such an app has.
RSpec.describe "rails generate presence_rs:install in a new app", :system, :processes do
  flags = %w[javascript active-record hotwire jbuilder bootsnap action-mailbox action-text
             active-storage action-mailer active-job brakeman rubocop dev-gems test docker ci git bundle].map { |flag| "--skip-#{flag}" }
  kinds = { "without a pipeline" => ["--skip-asset-pipeline"],
            "with Propshaft" => ["--asset-pipeline=propshaft"],
            "with Sprockets" => ["--asset-pipeline=sprockets"],
            "with esbuild, as jsbundling-rails sets it up" => ["--asset-pipeline=propshaft"] }

  # What an app has of its own: somebody signs in, and there is a page with the tag of the generator's example.
  files = {
    "config/routes.rb" => %(Rails.application.routes.draw { root "rooms#show" }\n),
    "app/controllers/rooms_controller.rb" => <<~RUBY,
      class RoomsController < ApplicationController
        def show = session[:user_id] = params[:user] || session[:user_id]
      end
    RUBY
    "app/views/rooms/show.html.erb" => <<~ERB,
      <p>Here: <room-presence room="1">nobody yet</room-presence></p>
      <p>On the site: <%= presence_count_tag %></p>
    ERB
    "config/initializers/content_security_policy.rb" => <<~RUBY
      Rails.application.configure do
        config.content_security_policy do |policy|
          policy.default_src :none
          %i[script_src connect_src style_src img_src manifest_src].each { |directive| policy.public_send(directive, :self) }
        end
        config.content_security_policy_nonce_generator = ->(_request) { SecureRandom.base64(16) }
        config.content_security_policy_nonce_directives = ["script-src"]
      end
    RUBY
  }

  define_method(:make_app) do |arguments|
    env = BuiltGem.environment
    Checkout.run("rails", "new", "app", *flags, *arguments, env:, chdir: @directory)
    @app = File.join(@directory, "app")
    gemfile = File.read(File.join(@app, "Gemfile")).sub(/^ *gem "debug".*$/, "")
    File.write(File.join(@app, "Gemfile"), %(#{gemfile}\ngem "presence_rs"\n))
    files.each { |path, text| write(path, text) }
    Checkout.run("bundle", "install", "--local", env:, chdir: @app)
    @env = env.merge("WEB_CONCURRENCY" => nil, "RAILS_ENV" => nil)
  end

  def generate
    Checkout.run("bin/rails", "generate", "presence_rs:install", "--channel", "Room", "--npm", "gem", env: @env, chdir: @app)
  end

  def write(path, text)
    FileUtils.mkdir_p(File.dirname(File.join(@app, path)))
    File.write(File.join(@app, path), text)
  end

  # The files that `rails new --javascript esbuild` leaves.
  def set_up_esbuild
    write("package.json", JSON.generate("name" => "app", "private" => true))
    write("app/javascript/application.js", "// Entry point\n")
    write("app/assets/builds/.keep", "")
    layout = File.join(@app, "app/views/layouts/application.html.erb")
    File.write(layout, File.read(layout).sub("</head>", %(  <%= javascript_include_tag "application", type: "module", nonce: true %>\n  </head>)))
  end

  # What `npm install --install-links` makes of package.json, without a network, and what `npm run build` does.
  def bundle_modules
    modules = File.join(@app, "node_modules")
    FileUtils.mkdir_p([File.join(modules, "presence_rs"), File.join(modules, "@rails")])
    gem = JSON.parse(File.read(File.join(@app, "package.json")))["dependencies"].fetch("presence_rs").delete_prefix("file:")
    Checkout.run("npm", "pack", gem, "--silent", "--pack-destination", @directory, chdir: @directory)
    Checkout.run("tar", "-xzf", *Dir[File.join(@directory, "*.tgz")], "--strip-components=1", "-C", File.join(modules, "presence_rs"))
    FileUtils.cp_r(File.join(Checkout::ROOT, "node_modules/@rails/actioncable"), File.join(modules, "@rails"))
    Checkout.run(File.join(Checkout::ROOT, "node_modules/.bin/esbuild"), "app/javascript/application.js", "--bundle", "--format=esm",
                 "--outdir=app/assets/builds", chdir: @app)
  end

  def serve
    port = Servers.free_port
    started(Servers::Server.new(["bin/rails", "server", "--port", port.to_s, "--binding", "127.0.0.1"], port:, chdir: @app, env: @env)).start
  end

  def page_of(user, server)
    open_browser.tap { |browser| browser.visit(server.url("/?user=#{user}")) }
  end

  # Everything but what Rails writes for itself.
  def files_there
    Dir.glob("{app,config,public}/**/*", base: @app).select { |path| File.file?(File.join(@app, path)) }
       .to_h { |path| [path, File.binread(File.join(@app, path))] }
  end

  # Where every change is tested, a tool that was lost would go unseen.
  def leave_out(why) = ENV["CI"] ? raise(why) : skip(why)

  # Compiling takes a while, and is no part of an example's time.
  before(:context) { BuiltGem.environment }

  around do |example|
    Dir.mktmpdir("presence_rs-install") do |directory|
      @directory = directory
      example.run
    end
  end

  kinds.each do |kind, arguments|
    it "is enough for a page that shows who is there, #{kind}" do
      if kind == "with Sprockets" && !Checkout.run("gem", "list", "--exact", "sprockets-rails").include?("sprockets-rails (")
        leave_out "sprockets-rails is not installed here: bundle install"
      end
      bundled = kind.include?("esbuild")
      if bundled && !File.exist?(File.join(Checkout::ROOT, "node_modules/.bin/esbuild"))
        leave_out "esbuild is not installed here: bin/setup js"
      end
      make_app(arguments)
      set_up_esbuild if bundled
      generate
      first = files_there
      expect(generate).to include("exist  config/initializers/presence_rs.rb")
      expect(files_there).to eq(first)

      bundle_modules if bundled
      server = serve
      ada = page_of("ada", server)
      expect(ada).to have_css("room-presence", exact_text: "ada", wait: 30)
      grace = page_of("grace", server)
      expect(grace).to have_css("room-presence", exact_text: "ada, grace", wait: 30)
      expect(ada).to have_css("room-presence", exact_text: "ada, grace")
      expect(ada).to have_css("presence-count", exact_text: "2")
      grace.visit("about:blank")
      expect(ada).to have_css("room-presence", exact_text: "ada", wait: 30)
      expect(ada.errors.grep(/presence|actioncable|Uncaught|Content Security/)).to be_empty
    end
  end
end
