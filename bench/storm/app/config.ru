# frozen_string_literal: true

# The Rails app that bin/bench storm and idle let a crowd into: Action Cable in Puma, one process, the async adapter.
ENV["RAILS_ENV"] = "production"

require "rails"
require "action_controller/railtie"
require "action_cable/engine"
require "presence_rs"

class StormApp < Rails::Application
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
  config.store = ENV.fetch("STORM_STORE").to_sym == :shared ? [:shared, { path: "#{ENV.fetch("BENCH_DIRECTORY")}/presence" }] : :memory
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

# What no way of telling who is there can do without.
class FloorChannel < ApplicationCable::Channel
  def subscribed; end
end

class PresenceChannel < ApplicationCable::Channel
  include PresenceRs::Channel

  def subscribed
    track_presence "storm", as: user, meta: { name: "Person #{user}" }
  end
end

# As one writes it with what Rails has: whoever comes gets the list, and everybody hears of them.
class StockChannel < ApplicationCable::Channel
  PRESENT = Concurrent::Map.new

  def subscribed
    stream_from "storm"
    entry = { id: user, name: "Person #{user}" }
    PRESENT[user] = entry
    transmit({ list: PRESENT.values })
    ActionCable.server.broadcast("storm", { join: entry })
  end

  def unsubscribed
    ActionCable.server.broadcast("storm", { leave: user }) if PRESENT.delete(user)
  end
end

Rails.application.initialize!
Rails.application.load_server
run Rails.application
