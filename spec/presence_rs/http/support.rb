# frozen_string_literal: true

require "json"
require "rack"
require "presence_rs"
require "presence_rs/middleware"

# A bare Rack app behind the middleware, between two Rack::Lints, on a registry whose
# clock the example moves. A request's user is whom its X-User header names.
module HttpSupport
  BY_HEADER = ->(request) { request.get_header("HTTP_X_USER") }

  def clock
    @clock ||= PresenceRs::ManualClock.new
  end

  def registry
    @registry ||= registry_with
  end

  # A registry with these settings; the last one made is the one that `app` serves.
  def registry_with(identify: BY_HEADER, authorize: ->(*) { true }, **settings)
    @registry = PresenceRs::Registry.new(ttl: 30, coalesce: 0, clock: clock, identify: identify, authorize: authorize,
                                         **settings)
  end

  def reported
    @reported ||= []
  end

  def record_reports
    allow(PresenceRs).to receive(:report) { |error, *| reported << error }
  end

  def inner
    @inner ||= ->(_env) { [200, { "content-type" => "text/plain" }, ["the app"]] }
  end

  def app
    Rack::Lint.new(PresenceRs::Middleware.new(Rack::Lint.new(inner), registry: registry))
  end

  # The body of a Hash is sent as JSON; the path is taken as it is, so that it may be
  # malformed; further keywords are entries of the environment.
  def env_for(verb, path, body = nil, user: nil, **entries)
    input = body.is_a?(Hash) ? JSON.generate(body) : body
    env = Rack::MockRequest.env_for("/", method: verb, input: input).merge!("PATH_INFO" => path.b)
    env["HTTP_X_USER"] = user if user
    env.merge!(entries.transform_keys(&:to_s))
  end

  def request(verb, path, body = nil, app: self.app, **options)
    Rack::MockResponse.new(*app.call(env_for(verb, path, body, **options)))
  end

  def json(response)
    JSON.parse(response.body)
  end

  def error_of(response)
    [response.status, json(response).dig("error", "code")]
  end
end
