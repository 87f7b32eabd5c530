# frozen_string_literal: true

require "active_support/lazy_load_hooks"

module PresenceRs
  class Hub
    module Wire
      # Answers a heartbeat where it comes in, on the thread of the event loop, if all that it takes is a write into
      # memory and an ack: the way over Action Cable's pool wakes another thread, and costs most of what a heartbeat does.
      # Whatever needs more (a session that expired, a state that is due, a store that is asked over a network, a channel
      # or a connection of the app's that wants a say) goes that way.
      #
      # @api private
      module Heartbeats
        ACTION = "presence_heartbeat"

        # One is short; what is longer is left to Action Cable.
        LONGEST = 1_024

        # What it builds on; an Action Cable without it goes on as before.
        PUBLIC = %i[receive subscriptions].freeze
        PRIVATE = %i[decode websocket].freeze

        class << self
          # @param base [Class] ActionCable::Connection::Base
          # @return [Boolean] whether it is as this module knows it
          def fits?(base)
            PUBLIC.all? { |name| base.method_defined?(name) || base.private_method_defined?(name) } &&
              PRIVATE.all? { |name| base.private_method_defined?(name) } && base.respond_to?(:_command_callbacks)
          end
        end

        def receive(message)
          presence_heartbeat_at_once(message) || super
        end

        private

        def presence_heartbeat_at_once(message)
          return false unless message.is_a?(String) && message.bytesize <= LONGEST && message.include?(ACTION)
          return false unless self.class._command_callbacks.empty?

          identifier, data = presence_heartbeat_of(message)
          return false unless data

          channel = subscriptions.instance_variable_get(:@subscriptions)[identifier]
          channel.is_a?(Channel) && channel.send(:presence_heartbeat_at_once, data)
        rescue StandardError
          false # Whatever it is, Action Cable will say it.
        end

        # A page's heartbeats are the same text, each time; so the last one is known.
        #
        # @return [Array(String, Hash)] the subscription's identifier and the data; nothing where it is something else
        def presence_heartbeat_of(message)
          return @presence_heartbeat.last if @presence_heartbeat&.first == message

          command = decode(message)
          data = decode(command["data"]) if command["command"] == "message"
          found = data && data["action"] == ACTION ? [command["identifier"], data] : []
          @presence_heartbeat = [message.dup, found]
          found
        end
      end

      ActiveSupport.on_load(:action_cable_connection) { prepend(Heartbeats) if Heartbeats.fits?(self) }
    end
  end
end
