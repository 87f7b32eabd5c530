# frozen_string_literal: true

module Bench
  module Rivals
    # The same semantics in plain Ruby, written with care: Hashes, a Mutex, the monotonic clock, a check at every read
    # that a session is live, and net diffs once a window. What one would write after thinking it through.
    class Plain
      Session = Struct.new(:meta, :ttl, :deadline)
      Member = Struct.new(:id, :joined_at, :seen_at, :sessions)
      Topic = Struct.new(:members, :dirty, :version)
      CLOCK = Process::CLOCK_MONOTONIC

      def initialize(ttl: 45, ticking: true)
        @ttl = ttl
        @lock = Mutex.new
        @topics = {}
        @ticker = Thread.new { run } if ticking
      end

      def join(topic, id, session: "default", meta: {}, ttl: @ttl)
        now = Process.clock_gettime(CLOCK)
        @lock.synchronize do
          room = (@topics[topic] ||= Topic.new({}, {}, 0))
          member = room.members[id]
          was = member && live?(member, now)
          room.dirty[id] = was || false unless room.dirty.key?(id)
          unless member
            member = Member.new(id, Time.now, now, {})
            room.members[id] = member
          end
          member.seen_at = now
          member.sessions[session] = Session.new(meta, ttl, now + ttl)
          !was
        end
      end

      def touch(topic, id, session: "default")
        now = Process.clock_gettime(CLOCK)
        @lock.synchronize do
          member = @topics[topic]&.members&.[](id)
          live = member&.sessions&.[](session)
          return false unless live && live.deadline > now

          live.deadline = now + live.ttl
          member.seen_at = now
          true
        end
      end

      def leave(topic, id, session: "default")
        now = Process.clock_gettime(CLOCK)
        @lock.synchronize do
          room = @topics[topic] or return false
          member = room.members[id] or return false
          gone = member.sessions.delete(session)
          return false unless gone && gone.deadline > now

          room.dirty[id] = true unless room.dirty.key?(id)
          return false if live?(member, now)

          room.members.delete(id)
          true
        end
      end

      def online?(topic, id)
        now = Process.clock_gettime(CLOCK)
        @lock.synchronize do
          member = @topics[topic]&.members&.[](id)
          member ? live?(member, now) : false
        end
      end

      def count(topic)
        now = Process.clock_gettime(CLOCK)
        @lock.synchronize { @topics[topic]&.members&.count { |_, member| live?(member, now) } || 0 }
      end

      # Forgets what is over, and tells what has changed.
      def tick(sweep: true)
        now = Process.clock_gettime(CLOCK)
        @lock.synchronize do
          @topics.each_value { |room| expire(room, now) } if sweep
          @topics.filter_map { |name, room| diff(name, room) unless room.dirty.empty? }
        end
      end

      def close = @ticker&.kill

      private

      def live?(member, now) = member.sessions.any? { |_, session| session.deadline > now }

      def expire(room, now)
        room.members.delete_if do |id, member|
          next if live?(member, now)

          room.dirty[id] = true unless room.dirty.key?(id)
          true
        end
      end

      def diff(name, room)
        joins = []
        leaves = []
        updates = []
        room.dirty.each do |id, was|
          member = room.members[id]
          if member
            (was ? updates : joins) << [id, member.joined_at, member.sessions.values.map(&:meta)]
          elsif was
            leaves << id
          end
        end
        room.dirty = {}
        { topic: name, from: room.version, version: room.version += 1, count: room.members.size, joins:, leaves:, updates: }
      end

      def run
        10.times { sleep(0.1) && tick(sweep: false) } while tick
      end
    end
  end
end
