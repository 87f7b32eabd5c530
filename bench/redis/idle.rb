# frozen_string_literal: true

module Bench
  module Redis
    # What a server has to do while nothing happens, with few topics and with many.
    module Idle
      module_function

      # @return [Hash] commands executed in a second
      def run(socket, quick:)
        { few: commands(socket, 1, quick ? 4 : 15), many: commands(socket, 1_000, quick ? 4 : 15) }
      end

      def commands(socket, topics, seconds)
        meter = Meter.new(socket)
        meter.flush
        way = Ours.new(socket)
        topics.times { |n| way.join("room:#{n}", "ada", "x") }
        way.settle
        sleep 1
        (meter.during { sleep seconds }[:executed] / seconds.to_f).round(1)
      ensure
        way&.close
      end
    end
  end
end
