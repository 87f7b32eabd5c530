# frozen_string_literal: true

module PresenceRs
  module Stores
    class Redis
      # When this process has to ask which bucket, and how its ticker waits for that.
      # @api private
      class Agenda
        # @param size [Integer] of buckets
        def initialize(size, &clock)
          @clock = clock
          @lock = Mutex.new
          @due = Array.new(size)
          @bell = Thread::Queue.new
          @sleeping_till = nil
        end

        # Has a bucket asked in so many ms, unless it is sooner.
        # @return [void]
        def add(bucket, milliseconds)
          at = @clock.call + milliseconds
          @lock.synchronize do
            @due[bucket] = at if @due[bucket].nil? || at < @due[bucket]
          end
          sleeping = @sleeping_till
          ring if sleeping && at < sleeping
        end

        # Has a bucket asked in so many ms, if it is not to be asked at all.
        # @return [void]
        def add_if_idle(bucket, milliseconds)
          add(bucket, milliseconds) unless @due[bucket]
        end

        # @return [Array<Integer>] the buckets to be asked now; they are taken off
        def take
          now = @clock.call
          @lock.synchronize do
            due = @due.each_index.select { |bucket| @due[bucket] && @due[bucket] <= now }
            due.each { |bucket| @due[bucket] = nil }
          end
        end

        # Sleeps until a bucket is due, or it is rung.
        # @yieldparam milliseconds [Integer, nil] for how long at most
        # @return [void]
        def wait
          @sleeping_till = Float::INFINITY
          first = @lock.synchronize { @due.compact.min }
          @sleeping_till = first if first
          left = first && [first - @clock.call, 0].max
          yield left
          @bell.pop(timeout: left && (left / 1000.0))
          @bell.clear
        ensure
          @sleeping_till = nil
        end

        # Ends a {#wait}, or the next one.
        # @return [void]
        def ring
          @bell << true if @bell.empty?
        end
      end
    end
  end
end
