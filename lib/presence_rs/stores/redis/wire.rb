# frozen_string_literal: true

module PresenceRs
  module Stores
    class Redis
      # Builds the JSON of pages from metas that are JSON already.
      # @api private
      module Wire
        # Most names are no different in JSON.
        PLAIN = %r{\A[\w:.@/ -]*\z}
        private_constant :PLAIN

        module_function

        # @return [String] a `presence_state`
        def state(topic, position, heartbeat, rows, sample:)
          epoch, version, count = position
          "{\"type\":\"presence_state\",\"topic\":#{Json.generate(topic)},\"epoch\":\"#{epoch}\",\"version\":#{version}," \
            "\"count\":#{count},\"heartbeat\":#{heartbeat}#{',"sample":true' if sample},\"members\":[#{members(rows)}]}"
        end

        # @param diff [Packet]
        # @param lists [Boolean] whether it says who
        # @return [String] a `presence_diff`
        def diff(diff, lists:)
          joins, leaves, updates = lists ? [members(diff.joins), leaves(diff.leaves), members(diff.updates)] : ["", "", ""]
          "{\"type\":\"presence_diff\",\"topic\":#{Json.generate(diff.topic)},\"epoch\":\"#{diff.epoch}\",\"from\":#{diff.from}," \
            "\"version\":#{diff.version},\"count\":#{diff.count}#{',"sample":true' unless lists}," \
            "\"joins\":[#{joins}],\"leaves\":[#{leaves}],\"updates\":[#{updates}]}"
        end

        def members(rows)
          rows.map do |id, joined, metas, _|
            "{\"id\":#{quote(id)},\"joined_at\":#{joined / 1000}.#{(joined % 1000).to_s.rjust(3, "0")},\"metas\":#{metas}}"
          end.join(",")
        end

        def leaves(rows)
          rows.map { |(id, *), reason| "{\"id\":#{quote(id)},\"reason\":\"#{reason}\"}" }.join(",")
        end

        def quote(name) = PLAIN.match?(name) ? "\"#{name}\"" : Json.generate(name)

        private_class_method :members, :leaves, :quote
      end
    end
  end
end
