# frozen_string_literal: true

# The least Rails application with a room in it: who somebody is, and where the cable is, is in the URL of the page.

ENV["RAILS_ENV"] = "production"
$LOAD_PATH.unshift(File.expand_path("../../../../lib", __dir__))

require "rails"
require "action_controller/railtie"
require "action_cable/engine"
require "presence_rs"

# The application.
class ConvergenceApp < Rails::Application
  config.root = __dir__
  config.eager_load = false
  config.secret_key_base = "not a secret"
  config.logger = Logger.new(File::NULL)
  config.action_cable.disable_request_forgery_protection = true
  config.hosts.clear
  config.action_cable.cable = { "adapter" => "async" }

  MODULES = { "actioncable" => ActionCable::Engine.root.join("app/assets/javascripts/actioncable.esm.js"),
              "presence_rs" => PresenceRs::Engine.root.join("app/assets/javascripts/presence_rs.js") }.freeze
  PAGE = <<~HTML
    <!DOCTYPE html><title>room</title><link rel="icon" href="data:,"><ul id="list"></ul>
    <script type="importmap">{"imports":{"actioncable":"/js/actioncable","presence_rs":"/js/presence_rs"}}</script>
    <script type="module">
      import { createConsumer } from "actioncable"
      import { Presence } from "presence_rs"
      const here = new URLSearchParams(location.search)
      const crowd = `127.0.0.1:${here.get("crowd")}`
      const presence = new Presence(createConsumer(`ws://${crowd}/cable?as=${here.get("as")}`), { channel: "RoomChannel" })
      presence.onSync(() => document.getElementById("list").replaceChildren(...presence.list().map(member => {
        const item = document.createElement("li")
        item.textContent = member.id
        return item
      })))
      // Whoever keeps an eye on what pages show is told so; at each change too, as the timers of a hidden tab hardly run.
      const tell = () => {
        const { count, sampled, stale } = presence
        const body = JSON.stringify({ page: here.get("as"), count, sampled, stale, members: presence.list() })
        fetch(`http://${crowd}/shown`, { method: "POST", mode: "no-cors", body }).catch(() => {})
      }
      presence.onSync(tell)
      presence.onStale(tell)
      setInterval(tell, 250)
    </script>
  HTML

  # @return [Array<Hash>] every member as diffs have told of them in this server's life: what a sample may show
  def self.published = (@published ||= [])

  routes.append do
    get "page", to: ->(_env) { [200, { "content-type" => "text/html" }, [PAGE]] }
    get "other", to: ->(_env) { [200, { "content-type" => "text/html" }, ["<!DOCTYPE html><title>other</title><p>no presence here"]] }
    get "truth", to: lambda { |_env|
      room = PresenceRs["room"]
      truth = { whole: room.snapshot, state: room.state, published: ConvergenceApp.published.dup }
      [200, { "content-type" => "application/json" }, [JSON.generate(truth.transform_values(&:as_json))]]
    }
    get "js/:name", to: lambda { |env|
      [200, { "content-type" => "text/javascript" }, [MODULES.fetch(env["action_dispatch.request.path_parameters"][:name]).read]]
    }
  end
end

PresenceRs.configure do |config|
  config.store = :memory
  config.ttl = Float(ENV.fetch("PRESENCE_TTL"))
  config.heartbeat = Float(ENV.fetch("PRESENCE_HEARTBEAT"))
  config.linger = 1
  config.grace = 3
  config.list_limit = Integer(ENV.fetch("PRESENCE_LIST_LIMIT"))
  # Those of the crowd's faults are expected: a message twice, or none of its kind.
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

# The room.
class RoomChannel < ApplicationCable::Channel
  include PresenceRs::Channel

  def subscribed
    track_presence "room", as: member, meta: { name: member, n: 0 }, permit: [:n]
  end
end

ConvergenceApp.initialize!
PresenceRs.subscribe do |diff|
  ConvergenceApp.published.concat(diff.as_json.values_at("joins", "updates", "members").compact.flatten(1))
end
run ConvergenceApp
