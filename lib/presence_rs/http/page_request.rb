# frozen_string_literal: true

module PresenceRs
  module Http
    # A request that is the app's own: a word from whoever makes it, on the default
    # topic. It never fails the request.
    class PageRequest
      # @param visitor [Visitor]
      def initialize(visitor)
        @visitor = visitor
      end

      # @return [void]
      def count
        return unless @visitor.config.identify && @visitor.count_once? && !websocket?

        member = @visitor.member or return
        @visitor.registry.default_topic.visit(member, navigation: navigation?)
      rescue => e
        @visitor.report(e, { in: "PresenceRs::Middleware", path: @visitor.env["PATH_INFO"] })
      end

      private

      # A socket joins for itself. HTTP/1.1 asks by Upgrade, HTTP/2 by an extended
      # CONNECT, which servers show as rack.protocol.
      def websocket?
        env = @visitor.env
        env["HTTP_UPGRADE"].to_s.match?(/\bwebsocket\b/i) || Array(env["rack.protocol"]).include?("websocket")
      end

      # Browsers without the header, and clients that are no browsers, navigate.
      def navigation?
        mode = @visitor.env["HTTP_SEC_FETCH_MODE"]
        mode.nil? || mode == "navigate"
      end
    end
  end
end
