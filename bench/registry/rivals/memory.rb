# frozen_string_literal: true

require_relative "plain"

module Bench
  module Rivals
    # The plain Ruby registry, one topic of it, as the other rivals are used.
    class PlainRoom
      def initialize = @plain = Plain.new

      def name = "plain Ruby (Hash, Mutex)"
      def processes? = false
      def join(id) = @plain.join("room", id)
      def touch(id) = @plain.touch("room", id)
      def online?(id) = @plain.online?("room", id)
      def leave(id) = @plain.leave("room", id)
      def count = @plain.count("room")
      def close = @plain.close
    end

    # A map that needs no lock around it, with a deadline for each: no sessions, no metas, no diffs.
    class ConcurrentMap
      TTL = 45

      def initialize
        require "concurrent/map"
        @map = Concurrent::Map.new
      end

      def name = "Concurrent::Map (no diffs)"
      def processes? = false
      def join(id) = @map.put(id, now + TTL).nil?
      def touch(id) = !@map.replace_if_exists(id, now + TTL).nil?
      def online?(id) = (@map[id] || 0) > now
      def leave(id) = !@map.delete(id).nil?
      def count = @map.each_pair.count { |_, deadline| deadline > now }
      def close = @map.clear

      private

      def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
