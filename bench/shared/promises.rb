# frozen_string_literal: true

module Bench
  module Shared
    # What is promised of the shared store, as rows that hold or fall short.
    module Promises
      module_function

      # @param calls [Array<Hash>] of 1, 2 and 4 processes
      # @param idle [Array<Float>] percent of a core, of each process
      # @param left_out [String, nil] why there is no Redis to measure against
      # @return [Array<Rows::Row>]
      def rows(calls, idle, left_out: nil)
        [*calls.flat_map { |it| of(it, left_out) },
         Rows::Row.new(name: "a process while nothing happens", value: idle.max, unit: "% of a core", limit: 0.1, most: true)]
      end

      def of(found, left_out)
        from = "from #{found[:processes]} at once"
        touch = found[:touch]
        [faster("online?, #{from}, against a Lua script of Redis", found[:online?], :script, 50, left_out),
         faster("join, #{from}, against the redis store", found[:join], :redis, 10, left_out),
         # It does less, so nothing is promised of it.
         faster("join, #{from}, against a Lua script of Redis", found[:join], :script, nil, left_out),
         Rows::Row.new(name: "touch, #{from}, against the memory store", value: touch[:shared] / touch[:memory], unit: "x its time",
                       limit: 2, most: true, detail: "#{Report.time(touch[:shared])} against #{Report.time(touch[:memory])}")]
      end

      def faster(name, ways, rival, limit, left_out)
        return Rows::Row.new(name:, unit: "x", limit:, left_out:) if left_out

        ours, theirs = ways.values_at(:shared, rival).map { |it| it[:ns] }
        Rows::Row.new(name:, value: theirs.fdiv(ours), unit: "x", limit:, detail: "#{Report.time(ours)} against #{Report.time(theirs)}")
      end
    end
  end
end
