# frozen_string_literal: true

module Bench
  module Events
    # What events may cost.
    module Promises
      # Times Action Cable's processor time for the same. Times the time of a diff without events, where that is also so
      # many ms more, since less is noise; and ms that one diff in a hundred may be later, a window (`coalesce`). Ms from a
      # process to another: an event is as soon there as a diff can be.
      LIMITS = { cpu: 0.75, diff: 1.25, diff_ms: 5, diff_p99_ms: 100, across_median: 10, across_p99: 100 }.freeze
      QUANTILES = { median: "median", p99: "99 %" }.freeze

      module_function

      # @param ways [Hash{Symbol => Hash}]
      # @param diffs [Hash{Symbol => Array<Hash>}]
      # @param across [Hash{Symbol => Hash}]
      # @return [Array<String>] where they fall short
      def short(ways, diffs, across)
        ours, stock = ways.values_at(:presence, :stock)
        [*missing({ one: ours }.merge(across)), over("of Action Cable's processor time", ours[:cpu_s] / stock[:cpu_s], LIMITS[:cpu]),
         late(diffs), late_at_times(diffs), *slow(across)].compact
      end

      def missing(all)
        all.filter_map { |name, it| "#{it[:missing]} of #{name} did not arrive" unless it[:missing].zero? }
      end

      def late(diffs)
        quiet, talking = of_rounds(diffs, :median)
        return if talking <= quiet * LIMITS[:diff] || talking - quiet <= LIMITS[:diff_ms]

        "diffs are late: #{talking} ms with events, #{quiet} ms without"
      end

      # In one round the 99th percentile is next to the slowest of its thirty newcomers: it takes some to say anything.
      def late_at_times(diffs)
        return if diffs[:quiet].size < 3

        quiet, talking = of_rounds(diffs, :p99)
        "one diff in a hundred is late: #{talking} ms with events, #{quiet} ms without" if talking - quiet > LIMITS[:diff_p99_ms]
      end

      def of_rounds(diffs, part) = diffs.values_at(:quiet, :talking).map { |rounds| Measure.median(rounds.map { |it| it[part] }) }

      # What did not arrive has no delay, and is told of as missing.
      def slow(across)
        across.flat_map do |name, it|
          QUANTILES.map do |part, words|
            ms = it[:delay_ms][part]
            over("ms to another process by #{name}, #{words}", ms, LIMITS[:"across_#{part}"]) if ms
          end
        end
      end

      def over(what, value, limit) = value > limit ? "#{value.round(2)} #{what}, promised #{limit} at most" : nil
    end
  end
end
