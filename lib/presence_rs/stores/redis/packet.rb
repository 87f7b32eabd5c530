# frozen_string_literal: true

require_relative "wire"

module PresenceRs
  module Stores
    class Redis
      # A diff as a script has published it: fields between bytes 255, the topic first. Read when it is asked for its entries.
      # It is to {Diff} what the memory store's native diffs are.
      # @api private
      class Packet
        BETWEEN = "\xFF".b.freeze
        HEAD = 7
        ENTRY = 5
        REASONS = { "l" => :left, "e" => :expired }.freeze
        private_constant :BETWEEN, :HEAD, :ENTRY, :REASONS

        attr_reader :topic, :epoch, :from, :version, :count, :at

        # @param text [String]
        def initialize(text)
          topic, @epoch, *numbers, @rest = text.b.split(BETWEEN, HEAD + 1)
          @topic = topic.force_encoding(Encoding::UTF_8)
          @epoch.force_encoding(Encoding::UTF_8)
          @from, @version, @count, @sample, @at = numbers.map(&:to_i)
        end

        def sample? = @sample == 1

        def json = Wire.diff(self, lists: true)

        def sample_json = Wire.diff(self, lists: false)

        def joins = entries.filter_map { |kind, row| row if kind == "j" }

        def updates = entries.filter_map { |kind, row| row if kind == "u" }

        def leaves
          entries.filter_map { |kind, row| [row, REASONS[kind]] if REASONS.key?(kind) }
        end

        private

        def entries
          @entries ||= @rest.to_s.split(BETWEEN, -1).each_slice(ENTRY).map do |kind, id, joined, sessions, metas|
            [kind, [id.force_encoding(Encoding::UTF_8), joined.to_i, metas.force_encoding(Encoding::UTF_8), sessions.to_i]]
          end
        end
      end
    end
  end
end
