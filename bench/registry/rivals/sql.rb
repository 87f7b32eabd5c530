# frozen_string_literal: true

module Bench
  module Rivals
    # A table of sessions with an index; one statement a call, prepared, through the driver.
    class Sql
      TTL = 45
      TABLE = "CREATE TABLE IF NOT EXISTS sessions (topic text NOT NULL, member text NOT NULL, session text NOT NULL, " \
              "deadline double precision NOT NULL, PRIMARY KEY (topic, member, session))"
      STATEMENTS = {
        join: "INSERT INTO sessions (topic, member, session, deadline) VALUES ('room', $1, 'default', $2) " \
              "ON CONFLICT (topic, member, session) DO UPDATE SET deadline = excluded.deadline",
        touch: "UPDATE sessions SET deadline = $2 WHERE topic = 'room' AND member = $1 AND session = 'default' AND deadline > $3",
        online?: "SELECT 1 FROM sessions WHERE topic = 'room' AND member = $1 AND deadline > $2 LIMIT 1",
        leave: "DELETE FROM sessions WHERE topic = 'room' AND member = $1 AND session = 'default'",
        count: "SELECT COUNT(DISTINCT member) FROM sessions WHERE topic = 'room' AND deadline > $1"
      }.freeze

      def initialize(servers)
        @servers = servers
        @lock = Mutex.new
        connect
      end

      def processes? = true
      def join(id) = run(:join, id, now + TTL)
      def touch(id) = run(:touch, id, now + TTL, now)
      def online?(id) = run(:online?, id, now).any?
      def leave(id) = run(:leave, id)
      def count = run(:count, now).first.first.to_i

      # In one transaction, since each on its own waits for the disk.
      def fill(ids)
        transaction { ids.each { |id| join(id) } }
      end

      # What was inherited is kept, since to close it would end the parent's connection.
      def after_fork
        @inherited = connection
        connect
      end

      private

      def now = Process.clock_gettime(Process::CLOCK_REALTIME)
    end

    # As applications have it: a file in WAL mode.
    class Sqlite < Sql
      def name = "SQLite (WAL), driver"

      def close
        @prepared.each_value(&:close)
        @database.close
      end

      private

      def connection = @database
      def transaction(&) = @database.transaction(&)

      def connect
        require "sqlite3"
        @database = SQLite3::Database.new("#{@servers.directory}/presence.sqlite3")
        @database.busy_timeout = 10_000
        @database.execute("PRAGMA journal_mode = WAL")
        @database.execute("PRAGMA synchronous = NORMAL")
        @database.execute(TABLE)
        @prepared = STATEMENTS.transform_values { |sql| @database.prepare(sql.gsub("$", "?")) }
      end

      def run(name, *values) = @lock.synchronize { @prepared[name].execute(*values).to_a }
    end

    # Through its own socket, with what it does by default (each commit is on disk).
    class Postgresql < Sql
      def name = "PostgreSQL, driver"
      def close = @connection.close

      private

      attr_reader :connection

      def transaction(&) = @connection.transaction(&)

      def connect
        require "pg"
        @connection = PG.connect(**@servers.postgresql)
        @connection.exec("SET client_min_messages TO warning")
        @connection.exec(TABLE)
        STATEMENTS.each { |name, sql| @connection.prepare(name.to_s, sql) }
      end

      def run(name, *values) = @lock.synchronize { @connection.exec_prepared(name.to_s, values).values }
    end
  end
end
