# frozen_string_literal: true

module PresenceRs
  # Another process has sent a member away: what a store that processes share drains among its diffs, so that no
  # socket here brings them back.
  #
  # @!attribute [r] topic
  #   @return [String, nil] nil: everywhere
  # @!attribute [r] member
  #   @return [String] its id
  # @api private
  Revocation = Data.define(:topic, :member)
end
