# frozen_string_literal: true

require "json"

module PresenceRs
  # JSON that can be written into a page as it is.
  # @api private
  module Json
    ESCAPES = {
      "<" => '\u003c', ">" => '\u003e', "&" => '\u0026', "\u2028" => '\u2028', "\u2029" => '\u2029'
    }.freeze
    private_constant :ESCAPES

    # @return [String] JSON with `<`, `>`, `&`, U+2028 and U+2029 escaped, as Rails does
    def self.generate(object)
      # In JSON these stand in Strings only, so that replacing them in the text is enough.
      JSON.generate(object).gsub(/[<>&\u2028\u2029]/, ESCAPES)
    end
  end
end
