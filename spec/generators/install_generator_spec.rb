# frozen_string_literal: true

require "fileutils"
require "json"
require "tmpdir"
require_relative "../support/checkout"

# By the files that an app of each kind has, as its gems cannot be installed everywhere; spec/acceptance/install_spec.rb
# boots those that can.
RSpec.describe "rails generate presence_rs:install", :processes do
  before { @app = Dir.mktmpdir("presence_rs-install") }
  after { FileUtils.rm_rf(@app) }

  layout = <<~ERB
    <!DOCTYPE html>
    <html>
      <head>
        <title>App</title>
        <%= csrf_meta_tags %>
        <%= stylesheet_link_tag "application" %>
        <%= javascript_include_tag "other", type: "module" %>
      </head>
      <body><%= yield %></body>
    </html>
  ERB

  define_method(:app) do |**files|
    files.each do |path, text|
      file = File.join(@app, path.to_s)
      FileUtils.mkdir_p(File.dirname(file))
      File.write(file, text)
    end
  end

  def generate(*arguments, behavior: :invoke)
    script = <<~RUBY
      require "rails"
      require "action_controller/railtie"
      require "presence_rs"
      require "rails/generators"
      Rails::Generators.invoke("presence_rs:install", ARGV, behavior: #{behavior.inspect}, destination_root: #{@app.inspect})
    RUBY
    env = { "BUNDLE_GEMFILE" => File.join(Checkout::ROOT, "Gemfile") }
    Checkout.run("ruby", "-rbundler/setup", "-e", script, "--", *arguments, "--no-color", chdir: @app, env:)
  end

  def read(path) = File.read(File.join(@app, path))
  def there?(path) = File.exist?(File.join(@app, path))

  # Every file with what is in it.
  def state
    Dir.glob("**/*", base: @app).select { |path| File.file?(File.join(@app, path)) }.to_h { |path| [path, read(path)] }
  end

  # Runs it twice: the second time nothing changes.
  def generate_twice(*arguments)
    output = generate(*arguments)
    first = state
    generate(*arguments)
    expect(state).to eq(first)
    output
  end

  describe "the initializer" do
    it "is Ruby that says who makes a request, and all settings in it are settings" do
      generate
      text = read("config/initializers/presence_rs.rb")
      expect(text).to include("config.identify { |request| request.session[:user_id] }")
      uncommented = text.gsub(/^( *)# ((config\.|PresenceRs\.on|  topic|end\n).*)/, '\1\2')
      expect(RubyVM::InstructionSequence.compile(uncommented)).to be_truthy
      names = uncommented.scan(/^ *config\.(\w+)/).flatten.map(&:to_sym)
      expect(names).to include(:identify, :authorize, :store, :ttl)
      expect(names - PresenceRs::Configuration.settings.keys).to be_empty
    end

    it "asks Warden where Devise is" do
      app("config/initializers/devise.rb": "")
      generate
      expect(read("config/initializers/presence_rs.rb")).to include('request.env["warden"]&.user')
    end

    it "asks the session of Rails 8's generator where that was run" do
      app("app/models/session.rb": "", "app/controllers/concerns/authentication.rb": "")
      generate
      expect(read("config/initializers/presence_rs.rb")).to include("Session.find_by(id: request.cookie_jar.signed[:session_id])&.user_id")
    end

    it "is left alone where it is there, and made anew with --force" do
      app("config/initializers/presence_rs.rb": "# mine\n")
      expect(generate).to include("exist  config/initializers/presence_rs.rb")
      expect(read("config/initializers/presence_rs.rb")).to eq("# mine\n")
      generate("--force")
      expect(read("config/initializers/presence_rs.rb")).to include("config.identify")
    end
  end

  describe "with importmap-rails" do
    it "pins and imports a module of the app's" do
      app("config/importmap.rb": %(pin "application"), "app/javascript/application.js": "import \"@hotwired/turbo-rails\"\n",
          "app/views/layouts/application.html.erb": layout)
      generate_twice
      expect(read("config/importmap.rb")).to eq(%(pin "application"\npin "presence"\n))
      expect(read("app/javascript/application.js")).to eq(%(import "@hotwired/turbo-rails"\nimport "presence"\n))
      expect(read("app/javascript/presence.js")).to include('import "presence_rs/elements"', 'from "presence_rs"')
      expect(read("app/views/layouts/application.html.erb")).to eq(layout)
    end

    it "adds nothing to what was set up by hand, and says what it cannot add" do
      app("config/importmap.rb": "pin 'presence', preload: true\n")
      output = generate_twice
      expect(read("config/importmap.rb")).to eq("pin 'presence', preload: true\n")
      expect(output).to include('put `import "presence"` into the module that your pages load')
    end
  end

  describe "with a bundler" do
    files = { "package.json": JSON.generate("name" => "app", "dependencies" => { "esbuild" => "^0.25.0" }, "scripts" => { "build" => "x" }),
              "yarn.lock": "", "app/javascript/application.js": "import './channels'" }.freeze

    it "asks for the npm packages, in npm's order, and imports a module of the app's" do
      app(**files)
      expect(generate_twice).to include("Now: yarn install")
      package = JSON.parse(read("package.json"))
      expect(package["dependencies"].to_a).to eq([["@rails/actioncable", "^7.1.0 || ^8.0.0"], ["esbuild", "^0.25.0"],
                                                  ["presence_rs", "^#{PresenceRs::VERSION}"]])
      expect(package.keys).to eq(%w[name dependencies scripts])
      expect(read("app/javascript/application.js")).to eq("import './channels'\nimport \"./presence\"\n")
      expect(there?("app/javascript/presence.js")).to be true
    end

    it "takes the module out of the gem with --npm gem, where Node finds it" do
      skip "node is not installed here: bin/setup js" unless system("node", "--version", out: File::NULL, err: File::NULL)
      app(**files)
      FileUtils.rm(File.join(@app, "yarn.lock"))
      expect(generate("--npm", "gem")).to include("Now: npm install --install-links\n")
      path = JSON.parse(read("package.json"))["dependencies"].fetch("presence_rs").delete_prefix("file:")
      FileUtils.mkdir_p(File.join(@app, "node_modules"))
      File.symlink(path, File.join(@app, "node_modules/presence_rs"))
      script = 'import { Presence } from "presence_rs"; console.log(typeof Presence, import.meta.resolve("presence_rs/elements"))'
      File.write(File.join(@app, "resolve.mjs"), script)
      expect(Checkout.run("node", "resolve.mjs", chdir: @app)).to match(%r{\Afunction file://.*/presence_rs/elements.js\n\z})
    end

    it "keeps the versions that are there" do
      app(**files, "package.json": JSON.generate("devDependencies" => { "presence_rs" => "1", "@rails/actioncable" => "7" }))
      before = read("package.json")
      expect(generate_twice).not_to include("Now:")
      expect(read("package.json")).to eq(before)
    end

    it "says so where package.json is none" do
      app(**files, "package.json": "{")
      expect(generate).to include("package.json is no JSON")
    end
  end

  describe "with Sprockets" do
    it "links the module, and draws an import map above the layout's first script" do
      app("app/assets/config/manifest.js": "//= link_tree ../images\n//= link_directory ../stylesheets .css\n",
          "app/views/layouts/application.html.erb": layout)
      generate_twice
      expect(read("app/assets/config/manifest.js")).to end_with("//= link_directory ../stylesheets .css\n//= link presence.js\n")
      expect(there?("app/assets/javascripts/presence.js")).to be true
      lines = read("app/views/layouts/application.html.erb").lines.map(&:strip)
      expect(lines[lines.index('<%= render "layouts/presence" %>') + 1]).to start_with("<%= javascript_include_tag")
    end

    it "links nothing twice where the directory is" do
      manifest = "//= link_directory ../javascripts .js\n"
      app("app/assets/config/manifest.js": manifest, "app/views/layouts/application.html.erb": layout)
      generate_twice
      expect(read("app/assets/config/manifest.js")).to eq(manifest)
    end
  end

  describe "without a pipeline" do
    it "puts the module under public, and an import map into the layout" do
      app("app/views/layouts/application.html.erb": layout)
      generate_twice
      expect(there?("public/javascripts/presence.js")).to be true
      expect(read("app/views/layouts/application.html.erb").scan("layouts/presence").size).to eq(1)
    end

    it "says what to do where the layout has an import map, or is none of ERB" do
      app("app/views/layouts/application.html.erb": layout.sub("<title>", '<script type="importmap">{}</script><title>'))
      before = read("app/views/layouts/application.html.erb")
      expect(generate_twice).to match(/todo  put .*layouts.presence.* into the head of your layout.*one import map of the two/)
      expect(read("app/views/layouts/application.html.erb")).to eq(before)

      FileUtils.mv(File.join(@app, "app/views/layouts/application.html.erb"), File.join(@app, "app/views/layouts/application.html.slim"))
      expect(generate_twice).to match(/todo  put .*layouts.presence.* into the head of your layout/)
    end

    it "leaves an API alone" do
      expect(generate_twice).to include("skip  the page's module")
      expect(state.keys).to eq(["config/initializers/presence_rs.rb"])
    end
  end

  it "is taken back by rails destroy, but for what others may stand on" do
    app("package.json": "{}", "app/javascript/application.js": "import \"./other\"\n")
    generate("--channel", "Room")
    package = read("package.json")
    generate("--channel", "Room", behavior: :revoke)
    expect(state.keys).to contain_exactly("package.json", "app/javascript/application.js", "app/channels/application_cable/channel.rb",
                                          "app/channels/application_cable/connection.rb")
    expect(read("app/javascript/application.js")).to eq("import \"./other\"\n")
    expect(read("package.json")).to eq(package)
  end

  describe "--channel" do
    it "makes a channel, what it stands on, and a tag that shows it" do
      app("app/views/layouts/application.html.erb": layout)
      output = generate_twice("--channel", "ChatRoom")
      expect(read("app/channels/chat_room_channel.rb")).to include("class ChatRoomChannel < ApplicationCable::Channel", "chat_room:\#{params[:id]}")
      expect(there?("app/channels/application_cable/channel.rb")).to be true
      expect(read("app/channels/application_cable/connection.rb")).to include("identified_by :current_user")
      expect(read("public/javascripts/presence.js")).to include("ChatRoomChannel", "chat-room-presence")
      expect(output).to include('<chat-room-presence room="1"></chat-room-presence>')
    end

    it "identifies whoever connects where the app has the empty connection of a new one" do
      empty = "module ApplicationCable\n  class Connection < ActionCable::Connection::Base\n  end\nend\n"
      app("app/channels/application_cable/connection.rb": empty)
      generate_twice("--channel", "Room")
      filled = read("app/channels/application_cable/connection.rb")
      FileUtils.rm(File.join(@app, "app/channels/application_cable/connection.rb"))
      generate("--channel", "Room")
      expect(filled).to eq(read("app/channels/application_cable/connection.rb"))
    end

    it "leaves the app's connection alone, and refuses what is no name" do
      mine = "class Connection < Base\n  def connect = nil\nend\n"
      app("app/channels/application_cable/connection.rb": mine)
      generate("--channel", "room")
      expect(read("app/channels/application_cable/connection.rb")).to eq(mine)
      expect(generate("--channel", "1; exit")).to include('--channel is the name of a class, like Room; got "1; exit"')
    end
  end
end
