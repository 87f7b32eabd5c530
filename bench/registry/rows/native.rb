# frozen_string_literal: true

require_relative "../../support/empty_method"

module Bench
  module Rows
    # A touch against what calls into an extension cost that do nothing.
    module Native
      SESSION = "default"

      module_function

      # @return [Hash{Symbol => #call}] for {Measure.rounds}; `empty` where there is a compiler
      def calls(servers)
        native = PresenceRs.send(:const_get, :Native)
        magnus = lambda {
          Point.each_of(Point::TURNS, 25) do |list, i, size|
            (native.noop(SESSION, list[i], SESSION)
             i += 1) while i < size
          end
        }
        { magnus:, **empty(servers) }
      end

      def empty(servers)
        method = EmptyMethod.load(servers.directory)
        { empty: lambda {
          Point.each_of(Point::TURNS, 25) do |list, i, size|
            (method.call(SESSION, list[i], SESSION)
             i += 1) while i < size
          end
        } }
      rescue Servers::LeftOut => e
        warn "left out: an empty method in C: #{e.message}"
        {}
      end

      # @param net [Hash{Symbol => Float}] ns of each
      # @return [Array<Row>] what is promised, and for comparison what a method in C costs
      def rows(net)
        [row("touch against a method of magnus that takes three Strings as text", net[:touch], net[:magnus], 4),
         row("touch against an empty method in C of three arguments", net[:touch], net[:empty], nil)]
      end

      def row(name, touch, other, limit)
        return Row.new(name:, limit:, most: true, left_out: "no C compiler") unless other

        Row.new(name:, value: touch / other, unit: "x its time", limit:, most: true,
                detail: "#{Rows.number(touch)} ns against #{Rows.number(other)} ns")
      end
    end
  end
end
