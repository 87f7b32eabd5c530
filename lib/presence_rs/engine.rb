# frozen_string_literal: true

require "rails"
require "rails/engine"
require_relative "engine/es_module"
require_relative "engine/worker_notice"

module PresenceRs
  # What Rails does by itself once the gem is in the Gemfile: `config.presence_rs`, the
  # middleware, and the ES module where pages can import it from. Nothing here needs a
  # part of Rails that an app may leave out (docs/rails.md).
  #
  # @example config/application.rb
  #   config.presence_rs.ttl = 30
  #   config.presence_rs.identify { |request| request.session[:user_id] }
  class Engine < Rails::Engine
    # The same object that {PresenceRs.configure} changes.
    config.presence_rs = PresenceRs.configuration

    # Sprockets compiles what it is told of; Propshaft finds app/assets by itself.
    initializer "presence_rs.assets" do |app|
      app.config.assets.precompile += [*EsModule::OURS, EsModule::STYLE] if app.config.respond_to?(:assets)
    end

    initializer "presence_rs.importmap", before: "importmap" do |app|
      if app.config.respond_to?(:importmap)
        app.config.importmap.paths << root.join("config/importmap.rb")
        app.config.importmap.cache_sweepers << root.join("app/assets/javascripts")
      end
    end

    # Every view has the tags. Their channel is left out where there is no Action Cable.
    initializer "presence_rs.tags", before: :set_eager_load_paths do
      ActiveSupport.on_load(:action_view) { include TagHelper }
      Rails.autoloaders.main.do_not_eager_load(root.join("app/channels")) unless defined?(ActionCable::Engine)
    end

    # Where nothing else serves the modules.
    initializer "presence_rs.modules" do
      config.after_initialize do |app|
        unless app.config.respond_to?(:assets)
          app.routes.prepend do
            EsModule.by_path.each { |path, es_module| get path, to: es_module, format: false, as: nil, internal: true }
          end
        end
      end
    end

    # What single settings cannot check is checked before the first request; what the
    # application's initializers set is in by then.
    config.after_initialize do
      PresenceRs.configuration.check
      WorkerNotice.say_if_due
    end

    # From config.ru: only servers get here.
    server { WorkerNotice.say_if_due(serving: true) }

    # The middleware's place is the end of the stack, after every other gem's and the
    # application's own, as any of them may be the one that knows who makes a request. An
    # initializer of the engine's would come before the application's initializers, and one
    # that waits for them would drag them before those of other gems; so this one is put where
    # Rails is about to build the stack.
    Rails::Application::Finisher.initializer "presence_rs.middleware", before: :build_middleware_stack do |app|
      app.middleware.use PresenceRs::Middleware
    end
  end
end
