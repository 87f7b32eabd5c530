# frozen_string_literal: true

module Bench
  module Shared
    # What is promised of the shared store, as rows that hold or fall short.
    module Promises
      module_function

      # @param calls [Array<Hash>] of 1, 2 and 4 processes
      # @param idle [Array<Float>] percent of a core, of each process
      # @return [Array<Rows::Row>]
      def rows(calls, idle)
        [*calls.flat_map { |it| of(it) },
         Rows::Row.new(name: "a process while nothing happens", value: idle.max, unit: "% of a core", limit: 0.1, most: true)]
      end

      def of(found)
        from = "from #{found[:processes]} at once"
        touch = found[:touch]
        [faster("online?, #{from}, against a Lua script of Redis", found[:online?], :script, 50),
         faster("join, #{from}, against the redis store", found[:join], :redis, 10),
         Rows::Row.new(name: "touch, #{from}, against the memory store", value: touch[:shared] / touch[:memory], unit: "x its time",
                       limit: 2, most: true, detail: "#{Report.time(touch[:shared])} against #{Report.time(touch[:memory])}")]
      end

      def faster(name, ways, rival, limit)
        ours, theirs = ways.values_at(:shared, rival).map { |it| it[:ns] }
        Rows::Row.new(name:, value: theirs.fdiv(ours), unit: "x", limit:, detail: "#{Report.time(ours)} against #{Report.time(theirs)}")
      end
    end
  end
end
