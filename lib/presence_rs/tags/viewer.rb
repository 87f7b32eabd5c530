# frozen_string_literal: true

module PresenceRs
  module Tags
    # Who looks at a page, and what they may: by a request, or by the one that opened a cable connection.
    # @api private
    class Viewer
      # @param request [ActionDispatch::Request]
      # @return [String, nil] the id of the member that `config.identify` names
      def self.of_request(request)
        Viewer.load_http
        Http::Visitor.of(request.env, nil).member
      end

      # The middleware may have been taken out of the app, and Http comes with it.
      def self.load_http = require("presence_rs/middleware")

      # @param connection [ActionCable::Connection::Base]
      def initialize(connection)
        Viewer.load_http
        @connection = connection
        env = connection.respond_to?(:env) ? connection.env : {}
        # As Action Cable makes its own request of it, so that cookies can be read.
        env = Rails.application.env_config.merge(env) if defined?(Rails.application) && Rails.application
        @visitor = Http::Visitor.of(env, nil)
      end

      # `config.identify` says who that is, or the connection's own identifier: `current_user`, or the only one.
      #
      # @return [String, nil] an id
      def member = @visitor.member || identifier

      # @return [Boolean] whether anything could tell who somebody is
      def known? = !@visitor.config.identify.nil? || !identifier_name.nil?

      # The view's word (a ticket) is enough, where the app does not say more. As over HTTP, raising refuses.
      #
      # @param action [Symbol] :read or :join
      # @param topic [String]
      # @return [Boolean]
      def may?(action, topic)
        authorize = @visitor.config.authorize
        authorize.nil? || authorize.call(@visitor.request, topic, action) ? true : false
      rescue StandardError => e
        PresenceRs.report(e, { in: "config.authorize", topic:, action: })
        false
      end

      private

      def identifier
        record = identifier_name && @connection.public_send(identifier_name)
        record && Names.member(record, PresenceRs.registry.member_id)
      rescue InvalidName
        nil # A connection may be identified by what is no person.
      end

      def identifier_name
        names = @connection.identifiers.to_a.map(&:to_sym)
        names.include?(:current_user) ? :current_user : (names.first if names.one?)
      end
    end
  end
end
