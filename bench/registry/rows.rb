# frozen_string_literal: true

require_relative "rows/point"
require_relative "rows/notified"
require_relative "rows/lists"
require_relative "rows/scale"
require_relative "rows/growth"

module Bench
  # What is promised: each row is measured, and falls short or does not.
  module Rows
    # @!attribute limit
    #   @return [Numeric, nil] at least, or (where `most`) at most; nil: nothing is promised of it
    # @!attribute left_out
    #   @return [String, nil] why it could not be measured, which keeps no promise
    Row = Struct.new(:name, :value, :unit, :limit, :most, :detail, :left_out, keyword_init: true) do
      def good?
        return true unless limit
        return false if left_out

        most ? value <= limit : value >= limit
      end

      def to_h = super.merge(good: good?)

      def status
        return "left out" if left_out

        (good? ? "ok" : "SHORT") if limit
      end

      def shown = left_out ? "" : format("%<value>s %<unit>s", value: Rows.number(value), unit:)

      def promised
        return "" unless limit

        "#{most ? "at most" : "at least"} #{Rows.number(limit)} #{unit}"
      end
    end

    module_function

    # @return [Array<Row>]
    def measure(servers, quick:)
      rounds = quick ? 3 : 15
      [*Point.rows(servers, rounds), *Notified.rows(rounds), *Lists.rows(rounds), *Scale.rows]
    end

    def number(value)
      return value.to_s if value.is_a?(Integer) && value < 1_000
      return value.round.to_s.gsub(/(\d)(?=(\d{3})+\z)/, '\1,') if value.abs >= 100

      format("%.3g", value)
    end
  end
end
