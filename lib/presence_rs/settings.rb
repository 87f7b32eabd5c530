# frozen_string_literal: true

module PresenceRs
  # Declares validated settings: each has a default, a reader, and a writer that raises at once.
  # @api private
  module Settings
    # @return [Hash{Symbol => Object}] the defaults, by name; a Proc is asked with the configuration
    def settings = @settings ||= {}

    # @return [Float, nil] nil for what is no finite number of seconds
    def self.seconds(value)
      duration = defined?(ActiveSupport::Duration) && ActiveSupport::Duration === value
      return unless value.is_a?(Integer) || value.is_a?(Float) || value.is_a?(Rational) || duration

      number = value.to_f
      number if number.finite?
    end

    private

    def duration(name, default, zero: false)
      setting(name, default) do |value|
        number = seconds(value)
        good = number && (zero ? number >= 0 : number.positive?)
        raise ConfigurationError, "#{name} is a number of seconds #{zero ? "of 0 or more" : "above 0"}; got #{value.inspect}" unless good

        value
      end
      define_method(:"#{name}_ms") { (Settings.seconds(public_send(name)) * 1000).ceil }
    end

    def limit(name, default, zero: false)
      setting(name, default) do |value|
        good = value.is_a?(Integer) && value >= (zero ? 0 : 1) && value < 2**31
        raise ConfigurationError, "#{name} is an Integer of #{zero ? 0 : 1} or more; got #{value.inspect}" unless good

        value
      end
    end

    def setting(name, default, &check)
      settings[name] = default
      define_method(name) do
        value = @values.fetch(name, default)
        value.is_a?(Proc) && value.equal?(default) ? instance_exec(&value) : value
      end
      define_method(:"#{name}=") { |value| @values[name] = check ? self.class.instance_exec(value, &check) : value }
    end

    # A setting that is a block: `config.name { … }` or `config.name = callable`.
    def callback(name)
      settings[name] = nil
      define_method(name) do |&block|
        block ? public_send(:"#{name}=", block) : @values[name]
      end
      define_method(:"#{name}=") do |value|
        unless value.nil? || value.respond_to?(:call)
          raise ConfigurationError, "#{name} is a block or something with `call`; got #{value.inspect}"
        end

        @values[name] = value
      end
    end

    def seconds(value) = Settings.seconds(value)
  end
end
