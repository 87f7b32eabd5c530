# frozen_string_literal: true

module PresenceRs
  # Tells every registry of a forked child that it is one, and lets each end well at exit.
  # `fork` in all its forms goes through `Process._fork`; `Process.daemon` does not.
  # @api private
  module ForkHook
    @registries = ObjectSpace::WeakMap.new

    class << self
      # @param registry [Registry]
      # @return [void]
      def add(registry)
        @registries[registry] = true
      end

      # @return [Array<Registry>]
      def registries = @registries.keys

      # @return [void]
      def in_child = registries.each(&:after_fork)

      # @return [void]
      def close_all = registries.each(&:close)
    end

    # Prepended to Process.
    module Hooks
      # The child is told before it does anything else.
      def _fork
        super.tap { |pid| ForkHook.in_child if pid.zero? }
      end

      # The process that goes on is a child without our threads.
      def daemon(...)
        super.tap { ForkHook.in_child }
      end
    end

    Process.singleton_class.prepend(Hooks)
    Kernel.at_exit { close_all }
  end
end
