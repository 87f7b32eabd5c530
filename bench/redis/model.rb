# frozen_string_literal: true

module Bench
  module Redis
    # What docs/redis.md says that it costs, so that the benchmark can hold it against what it has measured.
    module Model
      module_function

      def of(sessions:, topics:)
        topic = "room:#{topics / 2}".bytesize
        member = "user:#{sessions / 2}".bytesize
        changed = [sessions / 1000, 1].max
        { bytes_a_heartbeat: bytes_a_heartbeat(topic, member, changed, sessions),
          # The pulse, a leave and a join of each who is replaced, and a diff of each topic in which somebody was.
          commands: 1 + (2 * changed) + [changed, topics].min,
          memory: memory(topic, member) + (sessions / topics > 64 ? 400 : 100).fdiv(sessions / topics) }
      end

      # A heartbeat is two arguments of a script: what stands for the session in its bucket, and the ms that it has left.
      def bytes_a_heartbeat(topic, member, changed, sessions)
        number = 4
        wire = ->(bytes) { 1 + bytes.to_s.size + 2 + bytes + 2 }
        wire.call(topic + member + number + 2) + wire.call(5) + ((changed + 1) * 330.0 * Workload::HEARTBEAT / sessions)
      end

      def memory(topic, member)
        session = 32
        meta = '{"name":"Somebody "}'.bytesize + member
        85 + topic + member + 80 + member + session + meta
      end
    end
  end
end
