# frozen_string_literal: true

require_relative "host"

module PresenceRs
  module Stores
    class Redis
      # The sessions that this process keeps. A heartbeat of theirs is written down here and nowhere else; what was heard
      # is told to the store in one call for all of them, a moment later.
      # @api private
      class Hosts
        # @yieldparam bucket [Integer] one of whose sessions was heard, the first since the last {#take}
        # @yieldparam ttl [Integer] its ms
        def initialize(&heard)
          @on_heard = heard
          after_fork
        end

        # A child keeps nobody.
        # @return [void]
        def after_fork
          @lock = Mutex.new
          @table = {}
          @heard = Hash.new { |heard, bucket| heard[bucket] = [] }
          @size = 0
          @look_at = 0
        end

        # @return [Integer]
        attr_reader :size

        # @return [Host, nil]
        def find(topic, member, session) = @table.dig(topic, member, session)

        # @return [Boolean] whether it was heard here and is live; false: the store has to be asked
        def touch(topic, member, session, now)
          host = @table.dig(topic, member, session)
          return false unless host&.live?(now)

          host.heard = now
          queue(host) unless host.queued
          true
        end

        # @param host [Host] as it has joined
        # @return [void]
        def add(host)
          @lock.synchronize do
            sessions = (@table[host.topic] ||= {})[host.member] ||= {}
            sessions[host.session]&.gone = true
            @size += 1 unless sessions.key?(host.session)
            sessions[host.session] = host
          end
        end

        # @return [Boolean] whether it was kept here
        def remove(topic, member, session)
          @lock.synchronize do
            host = @table.dig(topic, member, session)
            host ? drop(host) : false
          end
        end

        # @param topic [String, nil] nil for all
        # @param before [Integer, nil] those only that joined earlier, by the server's clock
        # @return [void]
        def remove_member(topic, member, before: nil)
          @lock.synchronize do
            (topic ? [topic] : @table.keys).each do |name|
              @table.dig(name, member)&.values&.each { |host| drop(host) if before.nil? || host.since < before }
            end
          end
        end

        # @return [Array<Host>] live ones that were heard since the last call
        def take(bucket, now)
          forget_silent(now)
          @lock.synchronize do
            hosts = @heard.delete(bucket) || []
            hosts.each { |host| host.queued = false }
            hosts.reject(&:gone).select { |host| host.live?(now) }
          end
        end

        # What was taken could not be told.
        # @return [void]
        def put_back(hosts) = hosts.each { |host| queue(host) unless host.queued }

        # Has everybody told, heard or not: the store may have forgotten them.
        # @return [void]
        def take_all(bucket) = each(bucket) { |host| queue(host) unless host.queued }

        # @return [Integer, nil] when a client of theirs was last heard here
        def last_heard(topic, member) = @lock.synchronize { @table.dig(topic, member)&.each_value&.map(&:heard)&.max }

        # @return [Array<Host>] of one topic
        def of(topic) = @lock.synchronize { (@table[topic] || {}).values.flat_map(&:values) }

        # @return [Array<String>]
        def topics = @lock.synchronize { @table.keys }

        private

        def each(bucket, &)
          @lock.synchronize { all.select { |host| host.bucket == bucket } }.each(&)
        end

        def all = @table.each_value.flat_map { |members| members.values.flat_map(&:values) }

        def queue(host)
          first = @lock.synchronize do
            next if host.queued || host.gone

            host.queued = true
            @heard[host.bucket] << host
            @heard[host.bucket].size == 1
          end
          @on_heard.call(host.bucket, host.ttl) if first
        end

        # Those whose clients fell silent are the store's to expire. Looked for now and then.
        def forget_silent(now)
          return if now < @look_at

          @look_at = now + 10_000
          @lock.synchronize { all.each { |host| drop(host) unless host.live?(now) } }
        end

        def drop(host)
          host.gone = true
          members = @table[host.topic] or return false
          sessions = members[host.member]
          return false unless sessions && sessions[host.session].equal?(host)

          sessions.delete(host.session)
          members.delete(host.member) if sessions.empty?
          @table.delete(host.topic) if members.empty?
          @size -= 1
          true
        end
      end
    end
  end
end
