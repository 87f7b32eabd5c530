# frozen_string_literal: true

module Bench
  module Events
    # What events may cost.
    module Promises
      # Times Action Cable's processor time for the same; times the time of a diff without events, where that is
      # also so many ms more, since less is noise.
      LIMITS = { cpu: 0.75, diff: 1.25, diff_ms: 5 }.freeze

      module_function

      # @param ways [Hash{Symbol => Hash}]
      # @param diffs [Hash{Symbol => Array<Hash>}]
      # @param across [Hash{Symbol => Hash}]
      # @return [Array<String>] where they fall short
      def short(ways, diffs, across)
        ours, stock = ways.values_at(:presence, :stock)
        [*missing({ one: ours }.merge(across)), over("of Action Cable's processor time", ours[:cpu_s] / stock[:cpu_s], LIMITS[:cpu]),
         late(diffs)].compact
      end

      def missing(all)
        all.filter_map { |name, it| "#{it[:missing]} of #{name} did not arrive" unless it[:missing].zero? }
      end

      def late(diffs)
        quiet, talking = diffs.values_at(:quiet, :talking).map { |rounds| Measure.median(rounds.map { |it| it[:median] }) }
        return if talking <= quiet * LIMITS[:diff] || talking - quiet <= LIMITS[:diff_ms]

        "diffs are late: #{talking} ms with events, #{quiet} ms without"
      end

      def over(what, value, limit) = value > limit ? "#{value.round(2)} #{what}, promised #{limit} at most" : nil
    end
  end
end
