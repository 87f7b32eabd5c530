# frozen_string_literal: true

module PresenceRs
  module Stores
    class Redis
      # What asks the store. Where `on_unavailable` says so, an outage is answered with what is known here.
      # @api private
      module Reads
        # @return [Boolean]
        def online?(topic, member)
          topic = Names.utf8(topic, "topic")
          member = Names.utf8(member, "member")
          reading(:online?, topic, member) { ask(:online, bucket(topic), topic, member).first == [1] }
        end

        # @return [Array<Boolean>]
        def online(topic, ids)
          topic = Names.utf8(topic, "topic")
          ids = ids.map { |id| Names.utf8(id, "member") }
          return [] if ids.empty?

          reading(:online, topic, ids) do
            ids.each_slice(1000).flat_map { |slice| ask(:online, bucket(topic), topic, *slice).first.map { |it| it == 1 } }
          end
        end

        # @return [Integer]
        def count(topic)
          topic = Names.utf8(topic, "topic")
          reading(:count, topic) { patiently { ask(:count, bucket(topic), topic) }.first }
        end

        # @return [Array<String>] sorted as {#members}
        def ids(topic) = members(topic).map(&:first)

        # @return [Array<Array>] `[id, joined_at in ms, metas as a JSON array, sessions]`, sorted by joined_at, then id
        def members(topic)
          topic = Names.utf8(topic, "topic")
          reading(:members, topic) { Record.present(patiently { ask(:members, bucket(topic), topic) }.first) }
        end

        # @return [Array, nil] one of these
        def member(topic, id)
          topic = Names.utf8(topic, "topic")
          id = Names.utf8(id, "member")
          reading(:member, topic, id) do
            found, joined, metas, sessions = ask(:member, bucket(topic), topic, id)
            [id, joined, metas, sessions] if found == 1
          end
        end

        # @return [Integer, nil] ms since 1970
        def last_seen_at(topic, member)
          topic = Names.utf8(topic, "topic")
          member = Names.utf8(member, "member")
          heard = @hosts.last_heard(topic, member)
          reading(:last_seen_at, topic, member) do
            ms = [ask(:last_seen, bucket(topic), topic, member).first, heard ? @time.server(heard) : 0].max
            ms if ms.positive?
          end
        end

        # @return [Array<String>]
        def topics
          reading(:topics) do
            all_buckets.flat_map do |bucket|
              known, hushed = patiently { known_topics(bucket) }
              known - hushed
            end.sort
          end
        end

        # @return [Array] `[epoch, version, count]` of the last diff
        def position(topic)
          topic = Names.utf8(topic, "topic")
          reading(:position, topic) do
            patiently { ask(:position, bucket(topic), topic) }.first.tap { |epoch, version, _| note(topic, epoch, version) }
          end
        end

        # @param sample [Boolean] only some members where the topic is large
        # @param known [Snapshot, nil] given back where nothing has changed
        # @return [Snapshot]
        def snapshot(topic, sample, known = nil)
          topic = Names.utf8(topic, "topic")
          reading(:snapshot, topic, sample) do
            epoch, version, count, sampled, flat = patiently do
              ask(:snapshot, bucket(topic), topic, sample ? 1 : 0, known ? known.epoch : "-", known ? known.version : 0)
            end
            note(topic, epoch, version)
            flat == "same" ? known : build_snapshot(topic, [epoch, version, count], sampled == 1, flat)
          end
        end

        private

        def build_snapshot(topic, position, sample, flat)
          rows = Record.published(flat)
          rows = rows.first(Scripts::SIZES.fetch(:SAMPLE)) if sample
          json = Wire.state(topic, position, @heartbeat, rows, sample:)
          Snapshot.new(topic, *position, sample, json, rows.map(&:last).pack("S*"))
        end

        # `[topics, those of them without members]`, after whether all is swept.
        def known_topics(bucket) = ask(:topics, bucket)

        # A read that finds a thousand expiries sweeps them in several calls, and others come in between.
        def patiently
          until (answer = yield).first == 1
            Thread.pass
          end
          answer.drop(1)
        end

        def reading(name, *arguments)
          answer = yield
          @last_known&.put(name, arguments, answer)
          answer
        rescue StoreUnavailable
          raise unless @last_known

          @last_known.get(name, arguments)
        end
      end
    end
  end
end
