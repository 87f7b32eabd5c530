# frozen_string_literal: true

module Bench
  module Rivals
    # What is found in many applications: one Hash of everybody in Rails.cache, read, changed and written back whole.
    class Cache
      TTL = 45

      attr_reader :name

      def initialize(kind, servers)
        require "active_support"
        require "active_support/cache"
        @name = "Rails.cache, #{kind} store"
        @kind = kind
        @store = store(kind, servers)
        @store.clear
      end

      def processes? = @kind != :memory

      def join(id)
        list = read
        list[id] = { "until" => now + TTL }
        write(list)
      end
      alias touch join

      def online?(id) = (read.dig(id, "until") || 0) > now

      def leave(id)
        list = read
        gone = list.delete(id)
        write(list)
        !gone.nil?
      end

      def count = read.count { |_, it| it["until"] > now }
      def close = @store.clear

      # All at once, since one by one takes minutes.
      def fill(ids) = write(ids.to_h { |id| [id, { "until" => now + 3_600, **(yield if block_given?).to_h }] })

      private

      def read = @store.read("online") || {}
      def write(list) = @store.write("online", list)

      # A wall clock, which all processes share.
      def now = Process.clock_gettime(Process::CLOCK_REALTIME)

      def store(kind, servers)
        case kind
        when :memory then ActiveSupport::Cache::MemoryStore.new(size: 512 * 1024 * 1024)
        when :file then ActiveSupport::Cache::FileStore.new("#{servers.directory}/cache")
        when :redis then ActiveSupport::Cache.lookup_store(:redis_cache_store, url: "unix://#{servers.redis}")
        when :memcached then ActiveSupport::Cache.lookup_store(:mem_cache_store, servers.memcached)
        end
      end
    end
  end
end
