# frozen_string_literal: true

require_relative "message"

module PresenceRs
  class Hub
    # A diff or a state of a topic, with what a follower needs to know in order to
    # decide about it, and its message, shared by all who get it.
    #
    # @api private
    class Delivery
      # @param diff [Diff]
      # @return [Delivery]
      def self.of_diff(diff)
        new(diff, from: diff.from, whole: diff.reset?, json: diff.client_json)
      end

      # @param snapshot [Snapshot]
      # @return [Delivery]
      def self.of_state(snapshot)
        new(snapshot, from: 0, whole: true, json: snapshot.to_json)
      end

      attr_reader :source, :epoch, :from, :version, :count, :message

      def initialize(source, from:, whole:, json:)
        @source = source
        @epoch = source.epoch
        @version = source.version
        @count = source.count
        @from = from
        @whole = whole
        @message = Message.new(json)
      end

      # For those who follow how many there are, and not who: always a state, as a count needs nothing before it.
      #
      # @param heartbeat [Float] seconds
      # @return [Message]
      def count_message(heartbeat)
        @count_message ||= Message.of(type: "presence_state", topic: @source.topic, epoch: @epoch, version: @version, count: @count,
                                      heartbeat: heartbeat, sample: true, members: [])
      end

      # Whether it needs nothing before it: a state, or the first diff of its epoch,
      # which starts from an empty list.
      def complete?
        @whole || @from.zero?
      end
    end
  end
end
