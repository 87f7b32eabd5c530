# frozen_string_literal: true

# bin/demo says where to listen. WEB_CONCURRENCY=4 starts four workers, which share one list of people.
environment ENV.fetch("RAILS_ENV", "production")
threads 1, 16
workers Integer(ENV.fetch("WEB_CONCURRENCY", 0))
preload_app!
