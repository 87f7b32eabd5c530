# frozen_string_literal: true

require "monitor"
require_relative "notices"
require_relative "seat"
require_relative "socket"

module PresenceRs
  class Hub
    # What one subscription follows: a seat a topic. While `subscribed` runs, seats
    # are only noted, so that a subscription that is then rejected has joined nothing
    # and shown nothing. Once closed it takes no seat any more.
    #
    # @api private
    class Seats
      # @param connection [ActionCable::Connection::Base]
      # @param identifier [String] of the subscription
      def initialize(connection, identifier)
        @connection = connection
        @identifier = identifier
        @lock = Monitor.new
        @seats = {}
        @held = @closed = false
      end

      # Tells the client why there is no seat for it.
      #
      # @param error [Error]
      # @param topic [Object] as it was given
      # @return [void]
      def refuse(error, topic)
        name = topic.to_s.dup.force_encoding(Encoding::UTF_8).scrub[0, 255] if [String, Symbol].include?(topic.class)
        notices.error(error, name)
      end

      # Seats wait for {#open} from here on.
      #
      # @return [void]
      def hold
        @lock.synchronize { @held = true }
      end

      def held?
        @held
      end

      # Starts what was noted, and from here on each seat at once.
      #
      # @return [void]
      def open
        noted = @lock.synchronize do
          @held = false
          @seats.values
        end
        noted.each(&:start)
      end

      # @param hub [Hub]
      # @param topic [Topic]
      # @yieldparam seat [Seat] of that topic; not called once all is closed
      # @return [void]
      def take(hub, topic)
        held = false
        seat = @lock.synchronize do
          return if @closed

          held = @held
          @seats[topic.name] ||= Seat.new(hub, topic, socket, notices)
        end
        yield seat
        seat.start unless held
      end

      # @param name [String, nil] of a topic; nil for all
      # @return [Array<Seat>] those that have started
      def started(name = nil)
        all(name).select(&:started?)
      end

      # @param name [String, nil] of a topic; nil for all
      # @return [Array<Seat>]
      def all(name = nil)
        @lock.synchronize { name.nil? ? @seats.values : @seats.values_at(name).compact }
      end

      # Leaves at once and follows no longer; it may be taken again.
      #
      # @param name [String, nil] of a topic; nil for all
      # @return [void]
      def give_up(name = nil)
        seats = @lock.synchronize do
          given_up = name.nil? ? @seats : @seats.slice(name)
          @seats = @seats.except(*given_up.keys)
          given_up.values
        end
        seats.each(&:close)
      end

      # @param dropped [Boolean] see {Seat#close}
      # @return [void]
      def close(dropped: false)
        seats = @lock.synchronize do
          @closed = true
          @seats.values.tap { @seats = {} }
        end
        seats.each { |seat| seat.close(dropped: dropped) }
      end

      private

      def socket
        @lock.synchronize { @socket ||= Socket.new(@connection, @identifier) }
      end

      def notices
        @lock.synchronize { @notices ||= Notices.new(socket) }
      end
    end
  end
end
