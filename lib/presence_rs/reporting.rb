# frozen_string_literal: true

module PresenceRs
  class << self
    # Tells whoever should know of an error that has no caller: `Rails.error` where Rails is, else
    # `config.on_error`, else one line on stderr. Never raises.
    # @api private
    # @return [void]
    def report(error, context = {})
      if defined?(Rails) && Rails.respond_to?(:error) && Rails.error
        Rails.error.report(error, handled: true, context:, source: "presence_rs")
      elsif (handler = configuration.on_error)
        handler.call(error, context)
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

    def say(error, context)
      details = context.map { |key, value| " #{key}=#{value.inspect}" }.join
      warn("presence_rs: #{error.class}: #{error.message}#{details}".tr("\n", " "))
    end
  end
end
