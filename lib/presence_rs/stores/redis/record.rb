# frozen_string_literal: true

module PresenceRs
  module Stores
    class Redis
      # Reads what the scripts have written down of a member: fields between bytes that are in no UTF-8.
      # @api private
      module Record
        FIELD = "\xFE".b.freeze
        PART = "\xFD".b.freeze
        private_constant :FIELD, :PART

        module_function

        # @param flat [Array<String>] ids and records in turn
        # @return [Array<Array>] `[id, joined_at in ms, metas as a JSON array, sessions]` of those online, sorted
        def present(flat)
          rows = flat.each_slice(2).filter_map do |id, record|
            fields = record.b.split(FIELD, -1)
            row(id, fields[0].to_i, metas(fields), (fields.size - 5) / 4) if fields.size > 5 || fields[4] != ""
          end
          rows.sort_by { |id, joined, _, _| [joined, id.b] }
        end

        # @return [Array<Array>] the same of those whom the last diff left there, as it showed them, in no order
        def published(flat)
          flat.each_slice(2).filter_map do |id, record|
            fields = record.b.split(FIELD, -1)
            next row(id, fields[0].to_i, metas(fields), fields[2].to_i) if fields[3].empty?

            _, _, joined, sessions, metas = fields[3].split(PART, -1)
            row(id, joined.to_i, metas, sessions.to_i) if joined
          end
        end

        def row(id, joined, metas, sessions)
          [id.dup.force_encoding(Encoding::UTF_8), joined, metas.force_encoding(Encoding::UTF_8), sessions]
        end

        def metas(fields)
          return "[#{text(fields[4].split(PART, -1)[2])}]" if fields.size == 5

          "[#{8.step(fields.size - 1, 4).map { |at| text(fields[at]) }.join(",")}]"
        end

        def text(meta) = meta.nil? || meta.empty? ? "{}" : meta

        private_class_method :row, :metas, :text
      end
    end
  end
end
