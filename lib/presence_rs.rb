# frozen_string_literal: true

require_relative "presence_rs/version"
require_relative "presence_rs/errors"
require_relative "presence_rs/presence_rs" # the native library
require_relative "presence_rs/json"
require_relative "presence_rs/names"
require_relative "presence_rs/meta"
require_relative "presence_rs/settings"
require_relative "presence_rs/configuration"
require_relative "presence_rs/reporting"
require_relative "presence_rs/manual_clock"
require_relative "presence_rs/member"
require_relative "presence_rs/snapshot"
require_relative "presence_rs/page"
require_relative "presence_rs/diff"
require_relative "presence_rs/revocation"
require_relative "presence_rs/emission"
require_relative "presence_rs/event"
require_relative "presence_rs/subscription"
require_relative "presence_rs/ticker"
require_relative "presence_rs/fork_hook"
require_relative "presence_rs/stores"
require_relative "presence_rs/topic"
require_relative "presence_rs/registry"

# Who is online.
#
# @example
#   PresenceRs.configure { |config| config.ttl = 30 }
#   room = PresenceRs["room:1"]
#   room.join("ada", session: "tab-1", meta: { name: "Ada" }) # => true
#   room.online?("ada")                                       # => true
#   room.members.map(&:id)                                    # => ["ada"]
module PresenceRs
  autoload :Hub, "presence_rs/hub"
  autoload :Channel, "presence_rs/channel"
  autoload :Middleware, "presence_rs/middleware"
  autoload :TagHelper, "presence_rs/tag_helper"
  autoload :Tags, "presence_rs/tags"
  private_constant :Native

  @lock = Mutex.new

  class << self
    # Changes the configuration. What the registry is built with (lifetimes, limits, the store)
    # is read when it is built, at its first use: after that call {reset!}.
    #
    # @yieldparam config [Configuration]
    # @raise [ConfigurationError]
    # @return [void]
    # @example
    #   PresenceRs.configure { |config| config.ttl = 30 }
    def configure
      main_ractor!
      changed = configuration.dup
      yield changed
      changed.check
      warn_of_late_change(changed)
      configuration.adopt(changed)
      nil
    end

    # @return [Configuration]
    def configuration
      main_ractor { @configuration ||= Configuration.new }
    end

    # @return [Registry] the process's registry, built from the configuration at its first use
    def registry
      main_ractor { @registry || @lock.synchronize { @registry ||= Registry.new(configuration) } }
    end

    # Drops the registry, with everybody in it and its handlers; the next use builds a new one.
    #
    # @return [void]
    def reset!
      main_ractor!
      old = @lock.synchronize do
        @registry.tap { @registry = nil }
      end
      old&.close
      nil
    end

    # @param topic [String, Symbol, #to_gid_param]
    # @return [Topic]
    # @raise [InvalidName]
    # @example
    #   PresenceRs["room:1"].count # => 0
    def [](topic) = registry[topic]
    alias topic []

    # @return [Array<String>] the names of the topics that have members
    def topics = registry.topics

    # Is this person on the default topic?
    # @return [Boolean]
    def online?(user) = registry.default_topic.online?(user)

    # @param users [Enumerable] people as {Topic#join} takes them
    # @return [Array] those of them who are on the default topic
    def online(users) = registry.default_topic.online(users)

    # @return [Integer] how many people are on the default topic
    def count = registry.default_topic.count

    # Ends every session of a person everywhere, as a sign-out or a ban does. Their sockets do
    # not bring them back.
    # @return [Boolean] whether this took them offline anywhere
    def leave_all(user) = registry.leave_all(user)

    # @see Registry#on
    # @return [Subscription]
    def on(*types, topic: nil, &) = registry.on(*types, topic:, &)

    # @see Registry#subscribe
    # @return [Subscription]
    def subscribe(&) = registry.subscribe(&)

    # @api private
    # @return [void]
    # @raise [Error] in another Ractor, where neither our locks nor the application's blocks can be used
    def main_ractor!
      return if Ractor.current.equal?(Ractor.main)

      raise Error, "PresenceRs is used from the main Ractor only: ask there and pass the answer on"
    end

    private

    # For what must cost nothing: only a failure is looked at.
    def main_ractor
      yield
    rescue Ractor::IsolationError
      main_ractor!
      raise
    end

    def warn_of_late_change(changed)
      late = @registry && changed.registry_settings.reject { |name, value| @registry.config.public_send(name) == value }
      return if late.nil? || late.empty?

      report(ConfigurationError.new("#{late.keys.join(", ")}: set after the registry was built, so without effect " \
                                    "until PresenceRs.reset! drops it; configure before the first use"))
    end
  end
end

require_relative "presence_rs/engine" if defined?(Rails::Engine)
