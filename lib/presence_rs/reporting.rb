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

    # Publishes `name.presence_rs` where ActiveSupport::Notifications is loaded.
    # @api private
    def instrument(name, payload, &block)
      return yield unless defined?(ActiveSupport::Notifications)

      ActiveSupport::Notifications.instrument("#{name}.presence_rs", payload) do |shared|
        shared[:result] = block.call
      end
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
