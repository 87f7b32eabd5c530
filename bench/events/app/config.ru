# frozen_string_literal: true

# The Rails app whose pages talk to each other in bin/bench events: Action Cable in Puma, the async adapter.
ENV["RAILS_ENV"] = "production"

require "json"
require "rails"
require "action_controller/railtie"
require "action_cable/engine"
require "presence_rs"

class EventsApp < Rails::Application
  config.load_defaults 7.1
  config.root = ENV.fetch("BENCH_DIRECTORY")
  config.secret_key_base = "b" * 64
  config.eager_load = true
  config.hosts.clear
  config.logger = ActiveSupport::TaggedLogging.new(ActiveSupport::Logger.new($stdout, level: :warn))
  config.log_level = :warn
  config.action_cable.disable_request_forgery_protection = true
  config.action_cable.mount_path = "/cable"
end

ActionCable.server.config.cable = { "adapter" => "async" }

PresenceRs.configure do |config|
  name, options = JSON.parse(ENV.fetch("EVENTS_STORE"))
  config.store = options ? [name.to_sym, options.transform_keys(&:to_sym)] : name.to_sym
  # So that newcomers beyond the thousand are told of one by one.
  config.list_limit = 10_000
  config.grace = 0
end

module ApplicationCable
  class Connection < ActionCable::Connection::Base
    identified_by :user

    def connect
      self.user = request.params["user"]
    end
  end

  class Channel < ActionCable::Channel::Base; end
end

class PresenceChannel < ApplicationCable::Channel
  include PresenceRs::Channel

  def subscribed
    track_presence "events", as: user, meta: { name: "Person #{user}" }, events: :cheer
    transmit({ pid: Process.pid })
  end
end

# As one writes it with what Rails has.
class StockChannel < ApplicationCable::Channel
  def subscribed
    stream_from "events"
  end

  def cheer(data)
    ActionCable.server.broadcast("events", data.except("action"))
  end
end

Rails.application.initialize!
Rails.application.load_server
run Rails.application
