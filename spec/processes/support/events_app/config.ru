# frozen_string_literal: true

# The least Rails application whose pages talk to each other, for spec/processes and bench/events: who somebody is, and
# where, is in the URL; PRESENCE_STORE says on which store.

ENV["RAILS_ENV"] = "production"
$LOAD_PATH.unshift(File.expand_path("../../../../lib", __dir__))

require "json"
require "rails"
require "action_controller/railtie"
require "action_cable/engine"
require "presence_rs"

# The application.
class EventsApp < Rails::Application
  config.root = __dir__
  config.eager_load = false
  config.secret_key_base = "not a secret"
  config.logger = Logger.new(File::NULL)
  config.action_cable.disable_request_forgery_protection = true
  config.hosts.clear
  # Neither presence nor events need an adapter that crosses processes.
  config.action_cable.cable = { "adapter" => "async" }
  routes.append { get "up", to: ->(_env) { [200, {}, ["up #{Process.pid}"]] } }
end

PresenceRs.configure do |config|
  name, options = JSON.parse(ENV.fetch("PRESENCE_STORE"))
  config.store = options ? [name.to_sym, options.transform_keys(&:to_sym)] : name.to_sym
  config.grace = 0.5
  config.events_per_second = 1_000
  config.event_burst = 1_000
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
    track_presence params[:room], as: member, events: %i[cheer signal]
    transmit({ pid: Process.pid })
  end

  def start(data)
    PresenceRs[params[:room]].emit("start", data.slice("at"))
  end
end

EventsApp.initialize!
run EventsApp
