# frozen_string_literal: true

module PresenceRs
  module Testing
    # Prepended to PresenceRs: within a test its registry is the test's own. Outside of tests nothing changes.
    # @api private
    module Switch
      # @return [Registry]
      def registry = (sandbox = Testing.here) ? sandbox.registry : super

      # @return [void]
      def reset! = (sandbox = Testing.here) ? sandbox.reset! : super

      # A handler runs in the thread of the test that causes it, and Rails' executor would clear the `Current` of that.
      def wrap(&block) = Testing.running? ? yield : super

      # @return [Array<Subscription>] what the app's initializers have registered, with `on` and `subscribe`
      def app_handlers = @registry ? @registry.handlers : []

      private

      def warn_of_late_change(changed)
        sandbox = Testing.here or return super
        late = sandbox.built? ? changed.registry_settings.reject { |name, value| configuration.public_send(name) == value } : {}
        return if late.empty?

        report(ConfigurationError.new("#{late.keys.join(", ")}: set after this test's registry was built, so without effect " \
                                      "until PresenceRs.reset! drops it; configure before the test's first use of it"))
      end
    end

    # @return [Sandbox, nil]
    def self.here
      # Another Ractor has neither tests nor a registry, and is told so by whoever is asked.
      sandbox if Ractor.current.equal?(Ractor.main)
    end
  end
end
