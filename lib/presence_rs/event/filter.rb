# frozen_string_literal: true

module PresenceRs
  class Event
    # Which events a handler asked for.
    # @api private
    class Filter
      TYPES = %i[join leave update].freeze
      private_constant :TYPES

      # @param types [Array<Symbol>] none: all
      # @param topic [String, Symbol, Regexp, Topic, #to_gid_param, nil] in a String `*` stands for anything
      def initialize(types, topic)
        unknown = types - TYPES
        raise ArgumentError, "events are :join, :leave and :update; got #{unknown.map(&:inspect).join(", ")}" if unknown.any?

        @types = types.empty? ? TYPES : types
        @topic = pattern(topic)
      end

      # @param diff [Diff]
      # @yieldparam event [Event]
      # @return [void]
      def events(diff)
        return if @topic && !@topic.match?(diff.topic)

        diff.leaves.each { |it| yield build(:leave, diff, it, it.reason) } if @types.include?(:leave)
        diff.joins.each { |it| yield build(:join, diff, it, nil) } if @types.include?(:join)
        diff.updates.each { |it| yield build(:update, diff, it, nil) } if @types.include?(:update)
      end

      private

      def build(type, diff, member, reason)
        Event.new(type:, topic: diff.topic, id: member.id, metas: member.metas, reason:, version: diff.version, at: diff.at)
      end

      def pattern(topic)
        case topic
        when nil, Regexp then topic
        when String then Regexp.new("\\A#{topic.split("*", -1).map { |part| Regexp.escape(part) }.join(".*")}\\z", Regexp::MULTILINE)
        else /\A#{Regexp.escape(Names.topic(topic))}\z/
        end
      end
    end
  end
end
