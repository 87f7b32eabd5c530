# frozen_string_literal: true

require "securerandom"

module PresenceRs
  module Stores
    class Redis
      # Events between members: published on the channel of their topic's diffs, to the processes that follow it. The server
      # keeps nothing of them.
      # @api private
      module Events
        # What no diff begins with, as those begin with their topic.
        MARK = "\xFF".b.freeze
        # So many events' names are remembered: a call that is tried again on another connection may have been heard already.
        REMEMBERED = 1_000
        # On a cluster a topic's events all go through one node, so that they stay in order.
        PUBLISH = Scripts::Script.of("#!lua flags=allow-oom\nreturn redis.call('PUBLISH', ARGV[1], ARGV[2])")
        private_constant :MARK, :REMEMBERED, :PUBLISH

        # @param topic [String]
        # @param text [String]
        # @return [void]
        # @raise [StoreUnavailable] and nobody gets it
        def emit(topic, text)
          at = bucket(topic)
          channel = @keys.feed(topic)
          named = [MARK, SecureRandom.hex(6), MARK, text].join
          @keys.clustered? ? @link.run(PUBLISH, @keys.declared(at), [channel, named]) : @link.publish(channel, named)
          nil
        end

        # From here on events of topics that are fed are told.
        # @param registry [Registry] its `hear` gets the text of each
        # @return [void]
        def listen(registry)
          @listener = registry
        end

        # @param text [String] as it was published, a diff or an event
        # @return [void]
        def published(text)
          text.getbyte(0) == MARK.getbyte(0) ? heard(text) : fed(Packet.new(text))
        end

        private

        def heard(text)
          return unless @listener

          _, name, event = text.b.split(MARK, 3)
          return if repeated?(name)

          @manual ? put_out(Emission.unpack(event)) : @listener.hear(event)
        end

        # On the thread that reads the feed.
        def repeated?(name)
          return true if @recent.key?(name)

          @recent[name] = true
          @recent.shift if @recent.size > REMEMBERED
          false
        end
      end
    end
  end
end
