# frozen_string_literal: true

module PresenceRs
  module Http
    # Answers one request under `config.path`. The checks come in the order in which
    # they cost and tell the least: path and method, the topic's name, then {Access}
    # (origin, identity, the app's word), and only then what the body says.
    class Endpoint
      TOPIC = { "GET" => :read, "HEAD" => :read, "POST" => :join, "DELETE" => :leave }.freeze
      LEAVE = { "POST" => :leave }.freeze

      # @param visitor [Visitor]
      # @param path [Path]
      def initialize(visitor, path)
        @visitor = visitor
        @path = path
        @verb = visitor.env["REQUEST_METHOD"]
      end

      # @return [Array(Integer, Hash, Array<String>)] a Rack response
      def call
        response = answer
        @verb == "HEAD" ? Responses.without_body(response) : response
      end

      private

      def answer
        action = route
        topic = @path.topic
        Access.new(@visitor, topic, action).check
        perform(action, Actions.new(@visitor, topic))
      rescue Refusal => e
        Responses.error(e)
      rescue InvalidName, InvalidMeta, InvalidPage, LimitExceeded => e
        Responses.error(Refusal.for(e))
      rescue Error => e
        # The client is told less than the app's people need.
        @visitor.report(e, { in: "PresenceRs::Middleware", path: @visitor.env["PATH_INFO"] })
        Responses.error(Refusal.unavailable)
      end

      def route
        unless @path.topic?
          raise Refusal.new(:not_found, "No topic in the path; ask for #{@visitor.config.path}/:topic.")
        end

        routes = @path.leave? ? LEAVE : TOPIC
        routes.fetch(@verb) do
          allow = routes.keys.join(", ")
          raise Refusal.new(:method_not_allowed, "#{@verb} is not served here; use #{allow}.", "allow" => allow)
        end
      end

      def perform(action, actions)
        return Responses.json(200, read(actions)) if action == :read

        body = Body.new(@visitor.env, Body.limit(@visitor.config))
        return actions.leave(body.session) && Responses.empty if action == :leave

        came = body.touch? ? actions.touch(body.session, body.meta) : actions.join(body.session, body.meta)
        Responses.json(came ? 201 : 200, Json.generate(actions.position))
      end

      def read(actions)
        part = PageQuery.of(@visitor.env)
        part ? actions.page(**part) : actions.state
      end
    end
  end
end
