# frozen_string_literal: true

module PresenceRs
  module Http
    # What the API does to one topic, in the name of the identified member. A store may
    # be the app's own: whatever else than our errors it raises is a StoreUnavailable here.
    class Actions
      # @param visitor [Visitor]
      # @param name [String] the topic's
      def initialize(visitor, name)
        @visitor = visitor
        @name = name
      end

      # @return [String] the presence_state object; of a large topic a count with a sample
      def state
        store { topic.state.to_json }
      end

      # @return [String] the presence_page object
      # @raise [InvalidPage]
      def page(**part)
        store { topic.page(**part).to_json }
      end

      # @param meta [Hash, nil] nil keeps a live session's own
      # @return [Boolean] whether this brought the member online
      def join(session, meta)
        store { topic.join(member, session: session, meta: meta) }
      end

      # Keeps alive what is live, so that a late heartbeat undoes no leave.
      #
      # @return [false] it never brings anybody online
      # @raise [Refusal] gone
      def touch(session, meta)
        live = store do
          topic.touch(member, session: session) &&
            (meta.nil? || topic.update(member, session: session, meta: meta))
        end
        raise Refusal.new(:gone, "This session is not live: it left, expired or was signed out.") unless live

        false
      end

      # @return [true] of an unknown session too
      def leave(session)
        store { topic.leave(member, session: session, linger: registry.config.linger) }
        true
      end

      # Where the topic is, and what the client needs to keep its session alive.
      #
      # @return [Hash{Symbol => String, Integer, Float}] ttl and heartbeat in seconds
      def position
        epoch, version, count = store { topic.position }
        config = registry.config
        { epoch: epoch, version: version, count: count, ttl: config.ttl.to_f, heartbeat: config.heartbeat.to_f }
      end

      private

      def registry
        @visitor.registry
      end

      def member
        @visitor.member
      end

      def topic
        @topic ||= registry[@name]
      end

      def store
        yield
      rescue Error
        raise
      rescue => e
        raise StoreUnavailable, "the store failed: #{e.class}: #{e.message}"
      end
    end
  end
end
