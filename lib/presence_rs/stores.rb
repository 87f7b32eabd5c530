# frozen_string_literal: true

module PresenceRs
  # Where members are kept. {Stores::Memory} shows the interface that every store has.
  module Stores
    autoload :Memory, "presence_rs/stores/memory"
    autoload :Redis, "presence_rs/stores/redis"
    autoload :Shared, "presence_rs/stores/shared"

    # By the name that the configuration gives them.
    # @api private
    BY_NAME = { memory: :Memory, shared: :Shared, redis: :Redis }.freeze

    class << self
      # In a Rails application all processes of the machine have to agree, so it is the store that they share; its
      # tests are one process, and begin with nobody. Elsewhere, and where that store does not run, it is memory.
      # @api private
      # @return [Symbol]
      def default
        rails = defined?(::Rails) && ::Rails.respond_to?(:application) && ::Rails.application
        rails && !::Rails.env.test? && Native.const_defined?(:Shared) ? :shared : :memory
      end

      # @api private
      # @raise [ConfigurationError]
      def check(store)
        name = named(store).first
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
        name, options = named(config.store)
        return config.store unless name.is_a?(Symbol)

        const_get(BY_NAME.fetch(name)).build(config, clock:, **(options || {}))
      end

      private

      # `:memory`, `[:redis, { url: … }]`, or an object, which may well be a Struct.
      def named(store) = store.is_a?(Array) ? store : [store]
    end
  end
end
