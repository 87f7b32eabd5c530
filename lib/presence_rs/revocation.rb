# frozen_string_literal: true

module PresenceRs
  # Another process has sent a member away: what a store that processes share drains among its diffs, so that no
  # socket here brings them back.
  #
  # @!attribute [r] topic
  #   @return [String, nil] nil: everywhere
  # @!attribute [r] member
  #   @return [String] its id
  # @!attribute [r] mark
  #   @return [Integer, nil] where the store was then, as {Registry#mark} tells it; nil where it does not
  # @api private
  Revocation = Data.define(:topic, :member, :mark) do
    def initialize(topic:, member:, mark: nil) = super
  end
end
