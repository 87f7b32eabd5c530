# frozen_string_literal: true

require "tmpdir"

# What the README promises to somebody who begins: the gem in the Gemfile, and three places that say something.
RSpec.describe "A fresh Rails app with the gem and three lines", :system, :processes do
  # No network, so no gems but those that are there; each flag leaves out one that is not needed.
  flags = %w[active-record asset-pipeline javascript hotwire jbuilder bootsnap action-mailbox action-text
             active-storage action-mailer active-job brakeman rubocop dev-gems test docker ci git bundle]

  # 1. Who makes a request.
  initializer = <<~RUBY
    PresenceRs.configure { |config| config.identify { |request| request.session[:user] } }
  RUBY

  # 2. What is shown to whom.
  channel = <<~RUBY
    class RoomChannel < ApplicationCable::Channel
      include PresenceRs::Channel

      def subscribed
        track_presence "room:\#{params[:id]}", as: current_user, meta: { name: current_user }
      end
    end
  RUBY

  # 3. Where a page shows it.
  page = <<~ERB
    <p>In this room: <b id="people">nobody yet</b></p>
    <script type="module">
      import { createConsumer } from "<%= asset_path "actioncable.esm.js" %>"
      import { Presence } from "<%= asset_path "presence_rs.js" %>"

      const presence = new Presence(createConsumer(), { channel: "RoomChannel", id: 1 })
      presence.onSync(() => {
        document.querySelector("#people").textContent = presence.list().map(member => member.metas[0].name).join(", ")
      })
    </script>
  ERB

  # What every app has of its own: somebody signs in, sockets know who that was, and there is a page.
  application = {
    "config/routes.rb" => <<~RUBY,
      Rails.application.routes.draw { root "rooms#show" }
    RUBY
    "app/controllers/rooms_controller.rb" => <<~RUBY,
      class RoomsController < ApplicationController
        def show = session[:user] = params[:user] || session[:user]
      end
    RUBY
    "app/channels/application_cable/connection.rb" => <<~RUBY
      module ApplicationCable
        class Connection < ActionCable::Connection::Base
          identified_by :current_user

          def connect = self.current_user = request.session[:user] || reject_unauthorized_connection
        end
      end
    RUBY
  }

  before(:context) do
    @directory = Dir.mktmpdir("presence_rs-fresh")
    env = BuiltGem.environment
    Checkout.run("rails", "new", "fresh", *flags.map { |flag| "--skip-#{flag}" }, env: env, chdir: @directory)
    @app = File.join(@directory, "fresh")

    # As `bundle add presence_rs` does it, with a network. `debug` comes with every new app and is not installed here.
    gemfile = File.read(File.join(@app, "Gemfile")).sub(/^ *gem "debug".*$/, "")
    write("Gemfile", %(#{gemfile}\ngem "presence_rs"\n))
    write("config/initializers/presence_rs.rb", initializer)
    write("app/channels/room_channel.rb", channel)
    write("app/views/rooms/show.html.erb", page)
    application.each { |path, text| write(path, text) }

    Checkout.run("bundle", "install", "--local", env: env, chdir: @app)
    port = Servers.free_port
    @server = Servers::Server.new(["bin/rails", "server", "--port", port.to_s, "--binding", "127.0.0.1"],
                                  port: port, chdir: @app, env: env.merge("WEB_CONCURRENCY" => nil, "RAILS_ENV" => nil))
    @server.start
  end

  after(:context) do
    @server&.stop
    FileUtils.rm_rf(@directory) if @directory
  end

  def write(path, text)
    file = File.join(@app, path)
    FileUtils.mkdir_p(File.dirname(file))
    File.write(file, text)
  end

  # In a second tab, as a browser's first one cannot be closed by a test.
  def open_page_of(user)
    browser = open_browser
    browser.switch_to_window(browser.open_new_window)
    browser.visit(@server.url("/?user=#{user}"))
    browser
  end

  it "shows two members, and one after the other one's tab was closed" do
    ada = open_page_of("ada")
    expect(ada).to have_css("#people", exact_text: "ada")

    grace = open_page_of("grace")
    expect(ada).to have_css("#people", exact_text: "ada, grace")
    expect(grace).to have_css("#people", exact_text: "ada, grace")

    grace.close_tab
    expect(ada).to have_css("#people", exact_text: "ada", wait: 30)
    # A new app without a pipeline names a stylesheet and a manifest that it does not serve.
    expect(ada.errors.grep(/presence_rs|actioncable|Uncaught/)).to be_empty
  end

  it "counts page requests on the topic of the whole site" do
    ada = open_page_of("ada")
    ada.visit(@server.url("/presence/online"))
    state = JSON.parse(ada.find("body").text)
    expect(state).to include("type" => "presence_state", "topic" => "online")
    expect(state["members"].map { |member| member["id"] }).to include("ada")
  end
end
