# frozen_string_literal: true

module PresenceRs
  module Tags
    # The inside of a `<presence-list>`.
    # @api private
    class List
      # @param view [ActionView::Base]
      # @param texts [Texts]
      # @param partial [String]
      # @param locals [Hash] for the partial
      # @param limit [Integer, nil] members shown at most
      def initialize(view, texts, partial:, locals:, limit:)
        unless limit.nil? || (limit.is_a?(Integer) && limit >= 0)
          raise ArgumentError, "limit is an Integer of 0 or more, or nil; got #{limit.inspect}"
        end

        @view = view
        @texts = texts
        @partial = partial
        @locals = locals
        @limit = limit
      end

      # @param snapshot [Snapshot, nil] nil where nothing is known
      # @return [ActiveSupport::SafeBuffer]
      def content(snapshot)
        members = snapshot ? shown(snapshot.members) : []
        count = snapshot&.count || 0
        @view.safe_join([
          @view.tag.ul(@view.safe_join(members.map { |member| item(member) }), class: "presence-members"),
          more(count - members.size),
          @view.tag.p(@texts[:empty], class: "presence-empty", hidden: !(snapshot && count.zero?)),
          @view.content_tag(:template, item(Placeholder.new)),
          @view.tag.span(class: "presence-news", role: "status", aria: { live: "polite" })
        ])
      end

      private

      def shown(members) = @limit ? members.first(@limit) : members

      def item(member)
        @view.tag.li(@view.render(partial: @partial, locals: { **@locals, member: }), data: { presence_id: member.id })
      end

      def more(count)
        @view.tag.p(count.positive? ? @texts.count(@texts[:more], count) : "", class: "presence-more", hidden: !count.positive?)
      end
    end
  end
end
