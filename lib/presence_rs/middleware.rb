# frozen_string_literal: true

require_relative "http/refusal"
require_relative "http/responses"
require_relative "http/page_query"
require_relative "http/path"
require_relative "http/visitor"
require_relative "http/origin"
require_relative "http/body"
require_relative "http/access"
require_relative "http/actions"
require_relative "http/endpoint"
require_relative "http/page_request"

module PresenceRs
  # The parts of {Middleware}, a concern each.
  # @api private
  module Http
  end

  # Rack middleware with two duties: page requests keep the people who make them
  # online on the default topic, and requests under `config.path` are answered
  # with the HTTP API (see docs/http.md). In Rails the railtie puts it in place; a
  # bare Rack app does so by hand. Of Rack it needs `Rack::Request` only.
  #
  # @example config.ru of an app without Rails
  #   require "presence_rs"
  #
  #   PresenceRs.configure do |config|
  #     config.identify { |request| request.cookies["user_id"] }
  #   end
  #
  #   use PresenceRs::Middleware
  #   run ->(_env) { [200, {}, ["Hello"]] }
  #
  # Mounted more than once it still counts a page request, and asks
  # `config.identify`, only once.
  class Middleware
    # @param app [#call] the Rack app that answers everything outside `config.path`
    # @param registry [Registry, nil] the registry to serve; nil stands for
    #   {PresenceRs.registry}, looked up at each call, so that {PresenceRs.reset!} is seen
    def initialize(app, registry: nil)
      @app = app
      @registry = registry
      Http::Visitor.load_rack
    end

    # @param env [Hash] a Rack environment, of Rack 2.2 or 3
    # @return [Array(Integer, Hash, #each)] the app's response, untouched, or the API's
    def call(env)
      visitor = Http::Visitor.of(env, @registry)
      path = Http::Path.under(visitor.config.path, env["PATH_INFO"])
      return Http::Endpoint.new(visitor, path).call if path

      Http::PageRequest.new(visitor).count
      @app.call(env)
    end
  end
end
