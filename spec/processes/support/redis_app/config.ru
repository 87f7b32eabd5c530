# frozen_string_literal: true

# The least Rails application with sockets, for spec/processes: who somebody is, and where, is in the URL.

ENV["RAILS_ENV"] = "production"
$LOAD_PATH.unshift(File.expand_path("../../../../lib", __dir__))

require "rails"
require "action_controller/railtie"
require "action_cable/engine"
require "presence_rs"

# The application.
class RedisApp < Rails::Application
  config.root = __dir__
  config.eager_load = false
  config.secret_key_base = "not a secret"
  config.logger = Logger.new(File::NULL)
  config.action_cable.disable_request_forgery_protection = true
  config.hosts.clear
  # Presence needs no adapter that crosses processes.
  config.action_cable.cable = { "adapter" => "async" }
  routes.append { get "up", to: ->(_env) { [200, {}, ["up #{Process.pid}"]] } }
end

PresenceRs.configure do |config|
  config.store = :redis, { url: ENV.fetch("REDIS_URL"), timeout: 1, prefix: "sockets" }
  config.ttl = Float(ENV.fetch("PRESENCE_TTL"))
  config.heartbeat = Float(ENV.fetch("PRESENCE_TTL")) / 4
  config.grace = 0.5
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
    come
  end

  # In the topic and out of it, without waiting for anything.
  def come = track_presence(params[:room], as: member, meta: { name: member })
  def go = untrack_presence
end

RedisApp.initialize!
run RedisApp
