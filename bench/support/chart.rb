# frozen_string_literal: true

require "cgi"

module Bench
  # A bar chart as SVG, on a logarithmic scale: what a touch costs, one bar a way. The first one is ours.
  module Chart
    WIDTH = 760
    LEFT = 230
    RIGHT = 90
    BAR = 22
    GAP = 10
    TOP = 56

    module_function

    # @param bars [Array<Array(String, Float)>] label and value
    # @yield [value] how a value is written; as a time in ns where no block is given
    # @return [String]
    def draw(title, bars, &shown)
      shown ||= Report.method(:time)
      height = TOP + (bars.size * (BAR + GAP)) + 34
      low = Math.log10(bars.map(&:last).min).floor
      high = Math.log10(bars.map(&:last).max).ceil
      scale = ->(value) { (WIDTH - LEFT - RIGHT) * (Math.log10(value) - low) / (high - low) }
      <<~SVG
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 #{WIDTH} #{height}" role="img" aria-label="#{CGI.escapeHTML(title)}" font-family="system-ui, sans-serif" font-size="13">
        <rect width="#{WIDTH}" height="#{height}" fill="#ffffff"/>
        <text x="16" y="28" font-size="16" font-weight="600" fill="#1f2328">#{CGI.escapeHTML(title)}</text>
        #{axis(low, high, height, scale, shown)}
        #{bars.each_with_index.map { |bar, index| bar(bar, index, scale, shown) }.join("\n")}
        </svg>
      SVG
    end

    def axis(low, high, height, scale, shown)
      (low..high).map do |power|
        x = (LEFT + scale[10.0**power]).round(1)
        %(<line x1="#{x}" y1="#{TOP - 8}" x2="#{x}" y2="#{height - 26}" stroke="#d8dee4"/>) +
          %(<text x="#{x}" y="#{height - 10}" text-anchor="middle" fill="#59636e" font-size="11">#{shown.call(10.0**power)}</text>)
      end.join("\n")
    end

    def bar((label, value), index, scale, shown)
      y = TOP + (index * (BAR + GAP))
      width = [scale[value], 2].max.round(1)
      color = index.zero? ? "#b7410e" : "#8c959f"
      %(<text x="#{LEFT - 8}" y="#{y + 16}" text-anchor="end" fill="#1f2328">#{CGI.escapeHTML(label)}</text>) +
        %(<rect x="#{LEFT}" y="#{y}" width="#{width}" height="#{BAR}" rx="3" fill="#{color}"/>) +
        %(<text x="#{LEFT + width + 6}" y="#{y + 16}" fill="#1f2328">#{shown.call(value)}</text>)
    end
  end
end
