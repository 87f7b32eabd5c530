# frozen_string_literal: true

module Bench
  module Storm
    # What was measured, for people.
    module Table
      HEAD = ["way", "all lists agree", "after the last join", "messages", "most to a page", "bytes", "server's CPU", "server's memory"].freeze

      module_function

      # @param ways [Hash{Symbol => Hash}]
      # @return [String] Markdown
      def of(ways)
        Report.table(HEAD, ways.map do |way, found|
          next [Ways::NAMES[way], "left out: #{found[:left_out]}", *[""] * 6] if found[:left_out]

          after = found[:agreed_ms] ? seconds(found[:agreed_ms] - found[:joined_ms]) : ""
          agreed = found[:agreed_ms] ? seconds(found[:agreed_ms]) : "never: #{found[:agree]} do"
          [Ways::NAMES[way], agreed, after, found[:messages].to_s, found[:most].to_s, bytes(found[:bytes]), "#{found[:cpu_s]} s",
           "#{found[:server_mb]} MB"]
        end)
      end

      def seconds(milliseconds) = "#{(milliseconds / 1e3).round(2)} s"

      def bytes(number)
        case number
        when ...1e3 then "#{number.round} B"
        when ...1e6 then "#{(number / 1e3).round(1)} kB"
        when ...1e9 then "#{(number / 1e6).round(1)} MB"
        else "#{(number / 1e9).round(1)} GB"
        end
      end
    end
  end
end
