# frozen_string_literal: true

module PresenceRs
  module Testing
    # Says in a failure's message who is there and what has happened.
    # @api private
    module Account
      VERBS = { joins: "joined", leaves: "left", updates: "changed" }.freeze
      # So many people are named at most.
      NAMED = 20

      module_function

      # @param topic [Topic]
      # @return [String]
      def present(topic)
        members = topic.members
        return "nobody" if members.empty?

        named = members.first(NAMED).map { |member| "#{member.id.inspect}#{state(member)}" }
        named << "#{members.size - NAMED} more" if members.size > NAMED
        named.join(", ")
      end

      # Where else they are, and when they were last heard from.
      # @param sandbox [Sandbox]
      # @return [String] empty where there is nothing to say
      def elsewhere(sandbox, topic, member)
        registry = sandbox.registry
        others = registry.topics.select { |name| name != topic.name && registry[name].online?(member) }
        seen = topic.last_seen_at(member)
        text = others.any? ? "\n#{member.inspect} is present on #{others.map(&:inspect).join(", ")}." : ""
        seen ? "#{text}\n#{member.inspect} was last heard from on #{topic.name.inspect} #{seconds(sandbox.clock.time - seen)} s ago." : text
      end

      # @param diffs [Array<Diff>]
      # @return [String] one line a change
      def changes(diffs)
        return "nothing has changed" if diffs.empty?

        diffs.flat_map { |diff| VERBS.flat_map { |kind, verb| diff.public_send(kind).map { |entry| line(diff, entry, verb) } } }.join("\n")
      end

      def state(member)
        return " (lingers)" if member.sessions.zero?

        member.sessions == 1 ? "" : " (#{member.sessions} sessions)"
      end

      def line(diff, entry, verb)
        reason = " (#{entry.reason})" if entry.respond_to?(:reason)
        metas = " with #{Json.generate(entry.metas)}" if verb != "left" && entry.metas != [{}]
        "  #{entry.id.inspect} #{verb} #{diff.topic.inspect}#{reason}#{metas}"
      end

      def seconds(number) = number.round(3).to_s.delete_suffix(".0")
    end
  end
end
