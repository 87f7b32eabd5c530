# frozen_string_literal: true

require "active_support/lazy_load_hooks"

module PresenceRs
  class Hub
    module Wire
      # Sees to it that a goodbye is heard though its socket closes right behind it, as
      # that of a page does which the browser keeps for the back button. Action Cable
      # hands each message to a pool of threads, and leaves out those that come to run
      # once the socket is closed: most of such goodbyes, so that whoever went was shown
      # for `grace` and not for `linger`. An `unsubscribe` may overtake one as well.
      #
      # So a goodbye is noted where it comes in, in order, and said before what ends its
      # subscription. It may be said twice then, which changes nothing.
      #
      # @api private
      module Farewells
        ACTION = "presence_leave"

        # A goodbye is short, and a connection has few subscriptions: what is more is
        # left to Action Cable.
        LONGEST = 4_096
        MOST = 100

        # What it builds on; an Action Cable without it goes on as before.
        PUBLIC = %i[receive dispatch_websocket_message handle_channel_command].freeze
        PRIVATE = %i[websocket decode handle_close].freeze

        MUTEX = Mutex.new
        private_constant :MUTEX

        class << self
          # @param base [Class] ActionCable::Connection::Base
          # @return [Boolean] whether it is as this module knows it
          def fits?(base)
            PUBLIC.all? { |name| base.public_method_defined?(name) } && PRIVATE.all? { |name| base.private_method_defined?(name) }
          end

          # @param message [Object] as it came from the socket
          # @yieldparam message [String] to be decoded
          # @return [Boolean]
          def one?(message)
            return false unless message.is_a?(String) && message.bytesize <= LONGEST && message.include?(ACTION)

            command, data = yield(message).values_at("command", "data")
            command == "message" && yield(data)["action"] == ACTION
          rescue StandardError
            false # It is no command at all, which Action Cable will say.
          end

          def synchronize(&block)
            MUTEX.synchronize(&block)
          end
        end

        # On the thread of the event loop, in the order of the socket.
        def receive(message)
          note(message) if Farewells.one?(message) { |text| decode(text) }
          super
        end

        # On the pool, in any order.
        def dispatch_websocket_message(message)
          noted = Farewells.synchronize { @presence_farewells&.any? { |one| one.equal?(message) } }
          return super unless noted
          return unless websocket.alive? # What closes it has said it, or will.

          super
          Farewells.synchronize { @presence_farewells.delete_if { |one| one.equal?(message) } }
        end

        def handle_channel_command(payload)
          say_farewells if payload.is_a?(Hash) && payload["command"] == "unsubscribe"
          super
        end

        private

        def handle_close
          say_farewells
          super
        end

        def note(message)
          Farewells.synchronize do
            @presence_farewells ||= []
            @presence_farewells << message if @presence_farewells.size < MOST
          end
        end

        def say_farewells
          noted = Farewells.synchronize { @presence_farewells.dup } or return
          noted.each { |message| handle_channel_command(decode(message)) }
        rescue StandardError => e
          PresenceRs.report(e, in: "a goodbye")
        end
      end

      ActiveSupport.on_load(:action_cable_connection) { prepend(Farewells) if Farewells.fits?(self) }
    end
  end
end
