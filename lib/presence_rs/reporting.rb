# frozen_string_literal: true

module PresenceRs
  class << self
    # Tells whoever should know of an error that has no caller: `Rails.error` where Rails is, else
    # `config.on_error`, else one line on stderr. Never raises.
    # @api private
    # @param on_error [#call, nil] the handler of a registry that has its own
    # @return [void]
    def report(error, context = {}, on_error = nil)
      if defined?(Rails) && Rails.respond_to?(:error) && Rails.error
        Rails.error.report(error, handled: true, context:, source: "presence_rs")
      elsif (handler = on_error || configuration.on_error)
        tell(handler, error, context)
      else
        say(error, context)
      end
      nil
    rescue StandardError => e
      say(error, context)
      say(e, while: "reporting that")
      nil
    end

    # Runs a block of the application's as Rails runs its own, so that code is reloaded and
    # connections are given back.
    # @api private
    def wrap(&)
      application = Rails.application if defined?(Rails) && Rails.respond_to?(:application)
      application ? application.executor.wrap(&) : yield
    end

    # Whether somebody listens for that event of ActiveSupport::Notifications, where it is loaded. A signal handler can take
    # no lock: there nobody does, unless it has been asked before.
    # @api private
    # @param event [String] as `"join.presence_rs"`
    # @return [Boolean]
    def listened?(event)
      defined?(ActiveSupport::Notifications) ? ActiveSupport::Notifications.notifier.listening?(event) : false
    rescue ThreadError
      false
    end

    # Publishes an event to ActiveSupport::Notifications, where somebody listens for it.
    # @api private
    def instrument(event, payload, &block)
      return yield unless listened?(event)

      ActiveSupport::Notifications.instrument(event, payload) { |shared| shared[:result] = block.call }
    end

    private

    # A lambda or a method that takes the error alone is told of the error alone.
    def tell(handler, error, context)
      call = handler.respond_to?(:arity) ? handler : handler.method(:call)
      call.arity == 1 ? handler.call(error) : handler.call(error, context)
    end

    def say(error, context)
      details = context.map { |key, value| " #{key}=#{value.inspect}" }.join
      warn("presence_rs: #{error.class}: #{error.message}#{details}".tr("\n", " "))
    end
  end
end
