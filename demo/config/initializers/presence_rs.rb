# frozen_string_literal: true

PresenceRs.configure do |config|
  # Who makes a request; nil for nobody. The old way's API is no sign of life.
  config.identify { |request| Player.from_session(request.session) unless request.path.start_with?("/api/") }

  # What the HTTP API may be used for: by whoever is signed in, as it never acts for others.
  config.authorize { |_request, topic, _action| %w[online http].include?(topic) }

  # Shorter than the defaults, so that a visitor can watch somebody go. The browser specs shorten
  # them even more.
  config.ttl = Float(ENV.fetch("PRESENCE_TTL", 15))
  config.heartbeat = Float(ENV["PRESENCE_HEARTBEAT"]) if ENV["PRESENCE_HEARTBEAT"]
  config.linger = Float(ENV.fetch("PRESENCE_LINGER", 3))
  config.grace = Float(ENV.fetch("PRESENCE_GRACE", 8))
  config.request_ttl = Float(ENV.fetch("PRESENCE_REQUEST_TTL", 60))
  config.coalesce = config.max_coalesce = Float(ENV["PRESENCE_COALESCE"]) if ENV["PRESENCE_COALESCE"]
  # Of itself it is the store that this machine's processes share, in tmp/presence.
  config.store = ENV["PRESENCE_STORE"].to_sym if ENV["PRESENCE_STORE"]
  config.store = :shared, { path: ENV["PRESENCE_PATH"] } if ENV["PRESENCE_PATH"]
end
