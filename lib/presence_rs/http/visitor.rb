# frozen_string_literal: true

module PresenceRs
  module Http
    # Who makes a request, to one registry: the request as the app's blocks get
    # it, and the member that `config.identify` names, asked once at most.
    class Visitor
      KEY = "presence_rs.visitors"

      # The one visitor of a request and a registry, however often the middleware is
      # mounted: it is kept in the environment.
      #
      # @param env [Hash]
      # @param registry [Registry, nil] nil for the process's own
      # @return [Visitor]
      def self.of(env, registry)
        visitors = env[KEY] ||= {}.compare_by_identity
        visitors[registry] ||= new(env, registry)
      end

      # Rack is no hard dependency of the gem: in Rails it is there anyway, and
      # who uses the registry alone needs none.
      def self.load_rack
        require "rack" unless defined?(::Rack::Request)
      rescue LoadError => e
        raise ConfigurationError, "PresenceRs::Middleware needs the rack gem: add it to the Gemfile (#{e.message})"
      end

      attr_reader :env

      # The callbacks, `path` and `allowed_origins`, which a running app may change; what a
      # registry is built with is `registry.config`'s.
      #
      # @return [Configuration]
      attr_reader :config

      # The InvalidName of a member that `config.identify` did name, or nil.
      #
      # @return [InvalidName, nil] known once {#member} was asked
      attr_reader :invalid

      def initialize(env, registry)
        @env = env
        @registry = registry
        @config = registry ? registry.config : PresenceRs.configuration
        @asked = @counted = false
      end

      # Looked up late: building the process's registry can fail, and a page
      # request must survive that.
      def registry
        @registry ||= PresenceRs.registry
      end

      # @return [ActionDispatch::Request, Rack::Request]
      def request
        @request ||= (rails? ? ::ActionDispatch::Request : ::Rack::Request).new(env)
      end

      # @return [Boolean] whether requests are ActionDispatch's here
      def rails?
        defined?(::ActionDispatch::Request) ? true : false
      end

      # @return [String, nil] the member's id; nil for nobody, and where the block
      #   raised or named an invalid id (which is reported)
      def member
        return @member if @asked

        @asked = true
        @member = identify
      end

      # @return [Boolean] true the first time it is asked
      def count_once?
        !@counted && (@counted = true)
      end

      # Not {#registry}, as building that may be what has failed.
      #
      # @return [void]
      def report(error, context)
        (@registry || PresenceRs).report(error, context)
      end

      private

      def identify
        record = config.identify&.call(request)
        record ? Names.member(record, config.member_id) : nil
      rescue InvalidName => e
        @invalid = e
        refuse(e)
      rescue => e
        refuse(e)
      end

      def refuse(error)
        report(error, { in: "config.identify", path: env["PATH_INFO"] })
        nil
      end
    end
  end
end
