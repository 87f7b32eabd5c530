# frozen_string_literal: true

module PresenceRs
  # What an `on` handler gets: one net change of one member.
  #
  # @!attribute [r] type
  #   @return [Symbol] `:join`, `:leave` or `:update`
  # @!attribute [r] topic
  #   @return [String]
  # @!attribute [r] id
  #   @return [String] the member's
  # @!attribute [r] metas
  #   @return [Array<Hash>] one a session; on a leave, what they were at last
  # @!attribute [r] reason
  #   @return [Symbol, nil] on a leave `:left` or `:expired`
  # @!attribute [r] version
  #   @return [Integer] of the diff that it is in
  # @!attribute [r] at
  #   @return [Time] when that diff was taken
  class Event < Data.define(:type, :topic, :id, :metas, :reason, :version, :at); end
end

require_relative "event/filter"
