# frozen_string_literal: true

require_relative "sql"

module Bench
  module Rivals
    # The same table through Active Record, as an application would write it.
    class ActiveRecordTable
      TTL = 45

      attr_reader :name

      def initialize(kind, servers)
        require "active_record"
        @name = "#{kind == :sqlite ? "SQLite" : "PostgreSQL"}, Active Record"
        @config = config(kind, servers)
        connect
        @model.connection.execute(Sql::TABLE)
        @model.delete_all
      end

      def processes? = true
      def join(id) = @model.upsert({ topic: "room", member: id, session: "default", deadline: now + TTL }, unique_by: %i[topic member session])
      def touch(id) = of(id).where("deadline > ?", now).update_all(deadline: now + TTL) == 1
      def online?(id) = of(id).where("deadline > ?", now).exists?
      def leave(id) = of(id).delete_all == 1
      def count = @model.where(topic: "room").where("deadline > ?", now).distinct.count(:member)
      def close = @model.connection_pool.disconnect!

      def fill(ids) = @model.transaction { ids.each { |id| join(id) } }

      # Active Record notices a fork by itself.
      def after_fork = nil

      private

      def of(id) = @model.where(topic: "room", member: id)
      def now = Process.clock_gettime(Process::CLOCK_REALTIME)

      def connect
        @model = Class.new(ActiveRecord::Base) do
          self.table_name = "sessions"
          def self.name = "PresenceSession#{object_id}"
        end
        @model.establish_connection(@config)
      end

      def config(kind, servers)
        if kind == :sqlite
          { adapter: "sqlite3", database: "#{servers.directory}/active_record.sqlite3", timeout: 10_000, pool: 8 }
        else
          settings = servers.postgresql
          { adapter: "postgresql", host: settings[:host], username: settings[:user], database: settings[:dbname], pool: 8 }
        end
      end
    end
  end
end
