# frozen_string_literal: true

# The least Rails application with sockets and a page, for spec/processes: who somebody is, and where, is in the URL.

ENV["RAILS_ENV"] = "production"
$LOAD_PATH.unshift(File.expand_path("../../../../../lib", __dir__))

require "rails"
require "action_controller/railtie"
require "action_cable/engine"
require "presence_rs"

# The application.
class SharedApp < Rails::Application
  config.root = __dir__
  config.eager_load = false
  config.secret_key_base = "not a secret"
  config.logger = Logger.new(File::NULL)
  config.action_cable.disable_request_forgery_protection = true
  config.hosts.clear
  # Presence needs no adapter that crosses processes.
  config.action_cable.cable = { "adapter" => "async" }

  MODULES = { "actioncable" => ActionCable::Engine.root.join("app/assets/javascripts/actioncable.esm.js"),
              "presence_rs" => PresenceRs::Engine.root.join("app/assets/javascripts/presence_rs.js") }.freeze
  PAGE = <<~HTML
    <!DOCTYPE html><title>room</title><link rel="icon" href="data:,"><ul id="list"></ul>
    <script type="importmap">{"imports":{"actioncable":"/js/actioncable","presence_rs":"/js/presence_rs"}}</script>
    <script type="module">
      import { createConsumer } from "actioncable"
      import { Presence } from "presence_rs"
      const as = new URLSearchParams(location.search).get("as")
      const presence = new Presence(createConsumer(`/cable?as=${as}`), { channel: "RoomChannel", room: "room" })
      presence.onSync(() => document.getElementById("list").replaceChildren(...presence.list().map(member => {
        const item = document.createElement("li")
        item.textContent = member.id
        return item
      })))
    </script>
  HTML

  routes.append do
    get "up", to: ->(_env) { [200, {}, ["up #{Process.pid}"]] }
    get "page", to: ->(_env) { [200, { "content-type" => "text/html" }, [PAGE]] }
    get "js/:name", to: lambda { |env|
      [200, { "content-type" => "text/javascript" }, [MODULES.fetch(env["action_dispatch.request.path_parameters"][:name]).read]]
    }
  end
end

PresenceRs.configure do |config|
  config.store = :shared, { path: ENV.fetch("PRESENCE_PATH"), app: "sockets" }
  config.ttl = Float(ENV.fetch("PRESENCE_TTL"))
  config.heartbeat = Float(ENV.fetch("PRESENCE_TTL")) / 4
  config.grace = Float(ENV.fetch("PRESENCE_GRACE"))
  # Who says goodbye is gone at once.
  config.linger = 0
  config.on_error = ->(*) {}
end

module ApplicationCable
  class Connection < ActionCable::Connection::Base
    identified_by :member

    def connect
      self.member = request.params.fetch(:as)
    end
  end

  class Channel < ActionCable::Channel::Base; end
end

class RoomChannel < ApplicationCable::Channel
  include PresenceRs::Channel

  def subscribed
    track_presence params[:room], as: member, meta: { name: member, worker: Process.pid }
  end
end

SharedApp.initialize!
run SharedApp
