# frozen_string_literal: true

module PresenceRs
  module Http
    # Whether a request may do what it asks for: not from a page of another site, by
    # somebody, and with the app's leave.
    class Access
      # @param visitor [Visitor]
      # @param topic [String]
      # @param action [Symbol] :read, :join or :leave
      def initialize(visitor, topic, action)
        @visitor = visitor
        @topic = topic
        @action = action
      end

      # @raise [Refusal] foreign_origin, unidentified, invalid_name, forbidden
      def check
        check_origin unless read?
        # Where the app decides itself, reading is also for those who are nobody.
        check_identity unless read? && config.authorize
        return if authorized?

        raise Refusal.new(:forbidden, "You may not #{@action} #{@topic[0, 60].inspect}.")
      end

      private

      def config
        @visitor.config
      end

      def read?
        @action == :read
      end

      def check_origin
        origin = Origin.new(@visitor)
        return unless origin.foreign?

        own = Origin.shown(origin.base_url)
        raise Refusal.new(:foreign_origin, "Writes from #{origin} are refused: only pages of #{own} " \
                                           "and of config.allowed_origins may send them.")
      end

      def check_identity
        return if @visitor.member
        raise Refusal.for(@visitor.invalid) if @visitor.invalid

        raise Refusal.new(:unidentified, "This request names nobody: sign in first.") if config.identify

        raise Refusal.new(:unidentified, "config.identify is not set, so requests name nobody.")
      end

      # Unset, only the default topic is open.
      def authorized?
        return @topic == @visitor.registry.config.default_topic unless config.authorize

        ask
      end

      def ask
        config.authorize.call(@visitor.request, @topic, @action)
      rescue => e
        @visitor.report(e, { in: "config.authorize", topic: @topic, action: @action })
        false
      end
    end
  end
end
