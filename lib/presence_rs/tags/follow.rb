# frozen_string_literal: true

module PresenceRs
  module Tags
    # What an element of a page needs to follow a topic: the topic's name, by which elements find together, and the
    # tickets for it.
    # @api private
    class Follow
      # @return [Topic]
      attr_reader :topic

      # @param view [ActionView::Base]
      # @param topic [String, Symbol, Topic, #to_gid_param, nil] nil: the default topic
      # @param list [Boolean] whether it gets the members, or their count alone
      # @param rendering [Rendering]
      def initialize(view, topic, list:, rendering:)
        @view = view
        @rendering = rendering
        @topic = topic.nil? ? PresenceRs.registry.default_topic : PresenceRs[topic]
        @list = list
      end

      # Says who is present while the page is open.
      #
      # @param who [Boolean, Object] the viewer, or true for whom `config.identify` names; nil or false: nobody
      # @param meta [Hash]
      # @param permit [Array<Symbol>]
      # @return [self]
      # @raise [InvalidName, InvalidMeta]
      def join(who, meta, permit)
        @member = who == true ? me : who && Names.member(who, PresenceRs.registry.member_id)
        return self unless @member

        shown = Hub::SessionMeta.new(meta, permit, PresenceRs.registry.config.max_meta_bytes).to_h
        @join = Ticket.sign(:join, topic: topic.name, member: @member, meta: shown, permit: Array(permit).map(&:to_s))
        self
      end

      # @return [String, nil] the viewer's id, as far as it is known
      def me
        return @member if @member
        return unless PresenceRs.configuration.identify && @view.respond_to?(:request) && @view.request

        Viewer.of_request(@view.request)
      end

      # @return [Hash{String => String}] attributes
      def attributes
        { "topic" => topic.name, "signed-topic" => @rendering.ticket(topic.name, @list),
          "signed-join" => @join, "me" => (me if @list) }.compact
      end

      # Reads what is shown at first. A page is not to fail because its list cannot be read.
      #
      # @return [Object, nil] what the block answers; nil where the store is away
      def read
        yield topic
      rescue StoreUnavailable => e
        PresenceRs.report(e, { in: "a tag of a view", topic: topic.name })
        nil
      end
    end
  end
end
