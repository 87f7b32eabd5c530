# frozen_string_literal: true

# As an app is run for others. RAILS_ENV=development reloads the code when it changes.
ENV["RAILS_ENV"] ||= "production"

require "rails"
require "active_model/railtie"
require "active_job/railtie"
require "action_controller/railtie"
require "action_view/railtie"
require "action_cable/engine"
require "propshaft"
require "presence_rs"

require_relative "../lib/background_requests"
require_relative "../lib/local_secret"

# A typing race that shows who is online. There is no database: who somebody is is in
# the session cookie, and a race exists for as long as somebody is in it.
module TypingRace
  class Application < Rails::Application
    config.root = File.expand_path("..", __dir__)
    config.load_defaults 7.1
    config.secret_key_base = ENV.fetch("SECRET_KEY_BASE") { LocalSecret.read(root.join("tmp/local_secret.txt")) }
    config.session_store :cookie_store, key: "_typing_race", same_site: :lax, expire_after: 1.week
    config.middleware.use BackgroundRequests

    config.enable_reloading = Rails.env.development?
    config.eager_load = !config.enable_reloading
    config.consider_all_requests_local = config.enable_reloading

    # A real app precompiles its assets; here there is no step to forget.
    config.assets.server = true

    config.active_job.queue_adapter = :async
    config.cache_store = :memory_store
    config.logger = ActiveSupport::TaggedLogging.new(ActiveSupport::Logger.new($stdout))
    config.log_level = ENV.fetch("LOG_LEVEL", "warn")
    # A page that is not there is the visitor's mistake.
    config.action_dispatch.log_rescued_responses = false
  end
end
