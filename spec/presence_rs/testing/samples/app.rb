# frozen_string_literal: true

# A small app, as the samples of tests beside this file see it.

ENV["RAILS_ENV"] = "test"
require "rails"
require "action_controller/railtie"
require "action_cable/engine"
require "active_job/railtie"
require "net/http"
require "presence_rs"

class SampleApp < Rails::Application
  config.load_defaults 7.1
  config.eager_load = false
  config.secret_key_base = "secret" * 20
  config.hosts.clear
  config.logger = Logger.new(nil)
  config.presence_rs.ttl = 30
  # A store that processes share, as in production: no test may touch it.
  config.presence_rs.store = [:redis, { url: "redis://127.0.0.1:1" }] if ENV["SAMPLE_STORE"] == "redis"
  config.presence_rs.identify { |request| request.get_header("HTTP_X_USER") }
end

User = Struct.new(:id, :name)

class CurrentUser < ActiveSupport::CurrentAttributes
  attribute :user
end

class GoodbyeJob < ActiveJob::Base
  def perform(*) = nil
end

module ApplicationCable
  class Connection < ActionCable::Connection::Base
    identified_by :current_user
  end
end

class RoomChannel < ActionCable::Channel::Base
  include PresenceRs::Channel

  def subscribed
    track_presence "room:#{params[:id]}", as: current_user, meta: { name: current_user.name }, permit: [:typing]
  end
end

class PagesController < ActionController::Base
  def show = render(plain: PresenceRs["online"].ids.join(" "))
end

SampleApp.initialize!
# What config/cable.yml says of the test environment.
ActionCable.server.config.cable = { "adapter" => "test" }
Rails.application.routes.draw { root "pages#show" }

HEARD = [] # rubocop:disable Style/MutableConstant
# As an initializer does it, below PresenceRs.configure.
PresenceRs.on(:leave, topic: "room:*") { |event| GoodbyeJob.perform_later(event.topic, event.id, event.reason.to_s) }
PresenceRs.subscribe { |diff| HEARD << diff.inspect }

# A thread of a server or a pool: started before any test, as far as it knows.
module Pool
  def self.run
    Thread.new do
      Thread.current.report_on_exception = false
      Fiber[PresenceRs::Testing::KEY] = nil
      yield
    end.value
  end
end
