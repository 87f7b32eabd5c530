# frozen_string_literal: true

require_relative "point"

module Bench
  module Rows
    # Joins and leaves in a process that has ActiveSupport::Notifications, as every Rails process has: both sides tell it to
    # whoever listens there, which nobody does here. A process of its own, since the others have to be without.
    module Notified
      # Plain Ruby that tells of them as a gem does that is written for Rails.
      class Told < Rivals::Plain
        def join(topic, member)
          ActiveSupport::Notifications.instrument("join.plain", { topic:, member: }) { |payload| payload[:result] = super }
        end

        def leave(topic, member)
          ActiveSupport::Notifications.instrument("leave.plain", { topic:, member: }) { |payload| payload[:result] = super }
        end
      end

      module_function

      # @return [Array<Row>]
      def rows(rounds)
        seen = Measure.apart("require '#{__FILE__}'\nputs JSON.generate(Bench::Rows::Notified.times(#{rounds}))")
        %w[join leave].map do |call|
          row("#{call} against plain Ruby, both told to ActiveSupport", seen, *seen.values_at(:"#{call}", :"#{call}_plain"))
        end
      end

      def row(name, seen, ours, plain)
        return Row.new(name:, unit: "x", limit: 2, left_out: seen[:left_out]) if seen[:left_out]

        Row.new(name:, value: plain / ours, unit: "x", limit: 2, detail: "#{Rows.number(ours)} ns against #{Rows.number(plain)} ns")
      end

      # In that process.
      # @return [Hash] ns of each call
      def times(rounds)
        require "active_support"
        require "active_support/notifications"
        Point.among(Told.new) do |ours, room, plain|
          Point.net(Measure.rounds(rounds, Point.coming_and_going(ours, room, plain).merge(loop: Point.empty_loop)), :loop)
        end
      rescue LoadError => e
        { left_out: e.message.lines.first.strip }
      end
    end
  end
end
