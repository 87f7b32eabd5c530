# frozen_string_literal: true

module PresenceRs
  module Stores
    class Redis
      # What reads were answered last, and who is kept here: for `on_unavailable = :last_known`.
      # @api private
      class LastKnown
        # So many answers are remembered.
        LIMIT = 10_000

        # @param hosts [Hosts]
        # @yieldreturn [Array] an empty snapshot's parts
        def initialize(hosts, &empty_snapshot)
          @hosts = hosts
          @empty_snapshot = empty_snapshot
          @lock = Mutex.new
          @answers = {}
        end

        # @return [void]
        def put(name, arguments, answer)
          key = [name, *arguments]
          @lock.synchronize do
            @answers.delete(key)
            @answers[key] = answer
            @answers.shift if @answers.size > LIMIT
          end
        end

        # The last answer; to what was never asked, what this process keeps itself.
        def get(name, arguments)
          key = [name, *arguments]
          @lock.synchronize { return @answers[key] if @answers.key?(key) }
          send(:"guess_#{name.to_s.delete("?")}", *arguments)
        end

        private

        def guess_online(topic, member)
          return member.map { |id| guess_online(topic, id) } if member.is_a?(Array)

          @hosts.of(topic).any? { |host| host.member == member }
        end

        def guess_count(topic) = guess_members(topic).size

        def guess_members(topic)
          rows = @hosts.of(topic).group_by(&:member).map do |member, hosts|
            [member, hosts.map(&:joined).min, "[#{hosts.map(&:meta).join(",")}]", hosts.size]
          end
          rows.sort_by { |id, joined, _, _| [joined, id.b] }
        end

        def guess_member(topic, id) = guess_members(topic).find { |row| row.first == id }

        def guess_last_seen_at(_topic, _member) = nil

        def guess_topics = @hosts.topics.sort

        def guess_position(_topic) = ["", 0, 0]

        def guess_snapshot(topic, _sample) = @empty_snapshot.call(topic)
      end
    end
  end
end
