# frozen_string_literal: true

module PresenceRs
  # Where members are kept. {Stores::Memory} shows the interface that every store has.
  module Stores
    autoload :Memory, "presence_rs/stores/memory"

    # By the name that the configuration gives them.
    # @api private
    BY_NAME = { memory: :Memory }.freeze

    class << self
      # @api private
      # @raise [ConfigurationError]
      def check(store)
        name, = Array(store)
        return if BY_NAME.key?(name) || (!name.is_a?(Symbol) && name.respond_to?(:join) && name.respond_to?(:tick))

        raise ConfigurationError, "store is one of #{BY_NAME.keys.map(&:inspect).join(", ")}, or an object with the methods " \
                                  "of PresenceRs::Stores::Memory; got #{store.inspect}"
      end

      # @api private
      # @param config [Configuration]
      # @param clock [ManualClock, nil]
      # @return [Object] a store
      def build(config, clock)
        check(config.store)
        name, options = config.store
        return config.store unless name.is_a?(Symbol)

        const_get(BY_NAME.fetch(name)).build(config, clock:, **(options || {}))
      end
    end
  end
end
