# frozen_string_literal: true

module Bench
  module Events
    # What was measured, for people.
    module Table
      ACROSS = { shared: "two workers of Puma, the shared store", redis: "two applications, Redis" }.freeze

      module_function

      # @return [String] Markdown
      def ways(ways)
        Report.table(["way", "sent", "came in", "bytes", "server's CPU", "delay: median", "99 %", "most"], ways.map do |way, it|
          [Ways::NAMES[way], it[:sent].to_s, it[:messages].to_s, "#{(it[:bytes] / 1e6).round(1)} MB", "#{it[:cpu_s]} s", *delay(it[:delay_ms])]
        end)
      end

      def diffs(diffs)
        Report.table(["", "median", "99 %", "most"], { quiet: "nobody speaks", talking: "one speaks" }.map do |name, words|
          rounds = diffs[name]
          [words, *delay(%i[median p99 most].to_h { |part| [part, Measure.median(rounds.map { |it| it[part] }).round(1)] })]
        end)
      end

      def across(across)
        Report.table(["", "sent", "lost", "delay: median", "99 %", "most"], across.map do |name, it|
          [ACROSS[name], it[:sent].to_s, it[:missing].to_s, *delay(it[:delay_ms])]
        end)
      end

      def delay(parts) = parts.values.map { |ms| "#{ms.round(1)} ms" }
    end
  end
end
