# frozen_string_literal: true

module Bench
  module Storm
    # What a storm may cost.
    module Promises
      # Times the floor's time until all lists agree; ms from the last join to that; messages a page; times fewer bytes
      # than the Node service.
      LIMITS = { floor: 2.5, after_join: 1_000, messages: 15, bytes: 200 }.freeze

      module_function

      # @param runs [Hash{Integer => Hash}] by the number of pages
      # @return [Array<String>] where they fall short
      def short(runs)
        runs.flat_map { |number, ways| at(number, ways) } + growth(runs)
      end

      def at(number, ways)
        ours, floor, node = ways.values_at(:presence, :floor, :socketio)
        return ["at #{number} the lists do not all agree: #{ours[:agree]} do, #{ours[:wrong]} show others, #{ours[:failures]}"] unless ours[:complete]
        return [] unless number == 1_000

        [over("times the floor's time until all agree", ours[:agreed_ms].fdiv(floor[:agreed_ms]), LIMITS[:floor]),
         over("ms from the last join until all agree", ours[:agreed_ms] - ours[:joined_ms], LIMITS[:after_join]),
         over("messages to the page that got most", ours[:most], LIMITS[:messages]),
         (under("times fewer bytes than the Node service", node[:bytes].fdiv(ours[:bytes]), LIMITS[:bytes]) if node && node[:bytes])].compact
      end

      def growth(runs)
        small, large = runs.values_at(1_000, 3_000).map { |ways| ways&.fetch(:presence) }
        return [] unless small && large

        [over("bytes a join at 3,000", large[:bytes].fdiv(3_000), small[:bytes].fdiv(1_000))].compact
      end

      def over(what, value, limit) = value > limit ? "#{what}: #{value.round(2)}, promised #{limit.round(2)} at most" : nil
      def under(what, value, limit) = value < limit ? "#{what}: #{value.round(2)}, promised #{limit} at least" : nil
    end
  end
end
