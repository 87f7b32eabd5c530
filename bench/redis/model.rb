# frozen_string_literal: true

module Bench
  module Redis
    # What docs/redis.md says that it costs, so that the benchmark can hold it against what it has measured.
    module Model
      module_function

      # A heartbeat is two arguments of a script: what stands for the session in its bucket, and the ms that it has left.
      def of(sessions:, topics:)
        topic = "room:#{topics / 2}".bytesize
        member = "user:#{sessions / 2}".bytesize
        number = 4
        entry = topic + member + number + 2
        wire = ->(bytes) { 1 + bytes.to_s.size + 2 + bytes + 2 }
        churn = [sessions / 1000, 1].max * Workload::HEARTBEAT * 330.0 / sessions
        pulse = 330.0 * Workload::HEARTBEAT / sessions
        { bytes_a_heartbeat: wire.call(entry) + wire.call(5) + churn + pulse }
      end
    end
  end
end
