# frozen_string_literal: true

module PresenceRs
  module Stores
    class Redis
      # A session that has joined through this process, which keeps it alive in the store.
      #
      # @!attribute entry
      #   @return [String] what stands for it in its bucket
      # @!attribute since
      #   @return [Integer] when it joined, by the server's clock
      # @!attribute heard
      #   @return [Integer] when its client was last heard, in ms of the process's time
      # @!attribute sure_till
      #   @return [Integer] until when the store has it for certain, in the same
      # @api private
      Host = Struct.new(:bucket, :topic, :member, :session, :meta, :ttl, :life, :number, :joined, :since, :heard, :sure_till,
                        :queued, :gone) do
        # @return [Boolean]
        def live?(now) = now < heard + ttl

        # @return [Integer] ms
        def left(now) = heard + ttl - now

        def entry = "#{topic}\xFF#{member}\xFF#{number}".b
      end
    end
  end
end
