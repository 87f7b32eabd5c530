# frozen_string_literal: true

module PresenceRs
  module Stores
    class Redis
      # How far the feed has brought this process on each topic, so that what it missed is found.
      # @api private
      class Positions
        # Of a topic without members.
        NOWHERE = ["", 0].freeze

        def initialize
          @fed = {}
          @read = {}
        end

        # @param packet [Packet] the next of the feed
        # @return [Boolean] false: it was told with a whole list already
        def advance?(packet)
          epoch, version = @fed[packet.topic]
          return false if epoch == packet.epoch && packet.version <= version

          set(packet.topic, packet.count.zero? ? "" : packet.epoch, packet.version)
          true
        end

        # What a reader was given: where the feed has brought nothing, that is how far this process is.
        # @return [void]
        def note(topic, epoch, version)
          @read[topic] = [epoch, version] unless epoch.empty? || @fed.key?(topic)
        end

        # @return [void]
        def set(topic, epoch, version)
          @read.delete(topic)
          epoch.empty? ? @fed.delete(topic) : @fed[topic] = [epoch, version]
        end

        # @return [Array(String, Integer)]
        def [](topic) = @fed[topic] || @read[topic] || NOWHERE

        # @return [Array<String>]
        def topics = @fed.keys | @read.keys

        # @param topics [Array<String>]
        # @return [void]
        def forget(topics)
          topics.each do |topic|
            @fed.delete(topic)
            @read.delete(topic)
          end
        end
      end
    end
  end
end
