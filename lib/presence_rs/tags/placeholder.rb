# frozen_string_literal: true

module PresenceRs
  module Tags
    # Stands for a member in the `<template>` that the page renders members from: each of its values is a slot, which the
    # page fills with that value of a member, as text. A slot is made of letters, digits and underscores, so that it comes
    # through escaping, URLs and attributes as it is.
    # @api private
    class Placeholder
      # @param kind [String] "i" for the id, "j" for the time of joining, "m" for a key of the meta
      # @return [String]
      def self.slot(kind, key = "") = "presence_slot_#{kind}#{key.unpack1("H*")}_"

      # A time that only the page knows.
      class Time < String
        # @return [String]
        def iso8601(*) = to_s
        alias xmlschema iso8601
      end

      # @return [String]
      def id = Placeholder.slot("i")
      # @return [String]
      def [](key) = Placeholder.slot("m", key.to_s)
      # @return [Time] with `iso8601` alone
      def joined_at = Time.new(Placeholder.slot("j"))
      # @return [Boolean] whether this is the template's, and no person
      def placeholder? = true
      # @return [String] as {Member#to_param}
      def to_param = id

      # @raise [Error] always
      def metas = unknown("metas")
      # @raise [Error] always
      def sessions = unknown("sessions")

      private

      def unknown(name)
        raise Error, "a partial for members is rendered for the page's template too, where `member.#{name}` is not known: " \
                     "use `member.id`, `member[:key]` and `member.joined_at.iso8601`, or ask `member.placeholder?`"
      end
    end
  end
end
