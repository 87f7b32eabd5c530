# frozen_string_literal: true

require "securerandom"

module PresenceRs
  module Stores
    # Members on a Redis or Valkey server, for the processes of many machines.
    #
    # Every change is one Lua script, and so is the taking of a diff; the server's clock measures lifetimes. A heartbeat
    # of a session that has joined through this process is written down here, and told to the server within a second
    # together with all others. What {Memory} says of the interface holds.
    #
    # @api private
    class Redis
    end
  end
end

require_relative "redis/options"
require_relative "redis/keys"
require_relative "redis/scripts"
require_relative "redis/breaker"
require_relative "redis/link"
require_relative "redis/timeline"
require_relative "redis/agenda"
require_relative "redis/hosts"
require_relative "redis/record"
require_relative "redis/packet"
require_relative "redis/positions"
require_relative "redis/feed"
require_relative "redis/last_known"
require_relative "redis/renewal"
require_relative "redis/writes"
require_relative "redis/reads"
require_relative "redis/ticking"
require_relative "redis/following"
require_relative "redis/events"
require_relative "redis/store"
