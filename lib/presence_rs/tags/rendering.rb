# frozen_string_literal: true

module PresenceRs
  module Tags
    # What the tags of one view have in common: a page may have hundreds of them.
    # @api private
    class Rendering
      # @return [Hash{String => Hash{String => Boolean}}] who is online, by topic and id, as far as it was read at once
      attr_reader :online

      # @param view [ActionView::Base]
      def initialize(view)
        @view = view
        @texts = {}
        @tickets = {}
        @online = Hash.new { |topics, name| topics[name] = {} }
      end

      # @return [Texts] of the locale that it is now
      def texts = @texts[I18n.locale] ||= Texts.new(@view)

      # @return [String] the ticket for a topic
      def ticket(topic, list) = @tickets[[topic, list]] ||= Ticket.sign(:topic, topic: topic, list: list)
    end
  end
end
