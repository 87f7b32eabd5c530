# frozen_string_literal: true

module PresenceRs
  module Stores
    class Redis
      # What changes the store: one script each, but for a heartbeat of a session that this process keeps.
      # @api private
      module Writes
        # So many topics are looked through in one call, when somebody leaves everywhere.
        TOPICS_AT_ONCE = 500
        # ms that it is remembered that a member was sent away: an outage is shorter.
        SENT_AWAY_FOR = 3_600_000

        # @return [Boolean] whether this brought the member online
        def join(topic, member, session, meta, ttl) = join_since(topic, member, session, meta, ttl, nil)

        # @param since [Integer, nil] as {#mark} told it: who was sent away after that does not come back
        # @return [Boolean] whether this brought the member online
        def join_since(topic, member, session, meta, ttl, since)
          topic, member, session = names(topic, member, session)
          bucket = bucket(topic)
          sent = @time.now
          came, number, joined, at = limited(ask(:join, bucket, topic, member, session, meta || "", ttl, since || ""))
          unless @manual || number.nil?
            meta ||= @hosts.find(topic, member, session)&.meta || Meta::EMPTY_TEXT
            @hosts.add(Host.new(bucket, topic, member, session, meta, ttl, life(bucket), number, joined, at, sent, sent + ttl))
            @feed.start
          end
          came == 1
        rescue StoreUnavailable => e
          raise unless kept_alive?(e, topic, member, session, meta)

          false
        end

        # @return [Integer] where the store is now, for {#join_since}
        def mark
          return @clock.native.monotonic / 1_000_000 if @manual

          ask(:revoked, 0, "+inf") unless @time.known?
          @time.server
        end

        # @return [Boolean] whether that session is live
        def touch(topic, member, session)
          return true if !@manual && @hosts.touch(topic, member, session, @time.now)

          topic, member, session = names(topic, member, session)
          sent = @time.now
          live = ask(:touch, bucket(topic), topic, member, session).first == 1
          host = @hosts.find(topic, member, session)
          # Somebody else has kept it alive, and now it speaks here again.
          live ? host&.heard = sent : @hosts.remove(topic, member, session)
          live
        end

        # @return [Boolean] whether that session is live
        def update(topic, member, session, meta)
          topic, member, session = names(topic, member, session)
          live = limited(ask(:update, bucket(topic), topic, member, session, meta)).first == 1
          @hosts.find(topic, member, session)&.meta = meta if live
          live
        end

        # @return [Boolean] whether this took the member offline
        def leave(topic, member, session, linger)
          topic, member, session = names(topic, member, session)
          # First, so that no renewal that is under way brings it back.
          kept = @hosts.remove(topic, member, session)
          ask(:leave, bucket(topic), topic, member, session, linger, kept || @manual ? 0 : 1).first == 1
        end

        # @return [Boolean] whether this took the member offline
        def leave_all(topic, member)
          topic &&= Names.utf8(topic, "topic")
          member = Names.utf8(member, "member")
          @hosts.remove_member(topic, member)
          buckets = topic ? [bucket(topic)] : all_buckets
          buckets.map { |bucket| leave_bucket(bucket, topic, member) }.any?
        end

        # @return [Boolean] whether this brought the member online
        def visit(topic, member, ttl, slack, navigation)
          topic = Names.utf8(topic, "topic")
          member = Names.utf8(member, "member")
          limited(ask(:visit, bucket(topic), topic, member, ttl, slack, navigation ? 1 : 0)).first == 1
        end

        private

        def names(topic, member, session)
          [Names.utf8(topic, "topic"), Names.utf8(member, "member"), Names.utf8(session, "session")]
        end

        # A join is a heartbeat too, and those are taken by a server whose memory is full.
        # @return [Boolean] whether that was all there was to do
        def kept_alive?(error, topic, member, session, meta)
          return false unless error.cause&.message.to_s.start_with?("OOM") && touch(topic, member, session)

          meta.nil? || @hosts.find(topic, member, session)&.meta == meta
        end

        def limited(answer)
          return answer unless answer.first == "limit"

          limit = answer[1].to_sym
          raise LimitExceeded.new(limit, @config.public_send(limit))
        end

        def leave_bucket(bucket, topic, member)
          topics = topic ? [topic] : patiently { known_topics(bucket) }.first
          slices = topics.each_slice(TOPICS_AT_ONCE).to_a
          slices << [] if slices.empty?
          slices.map.with_index do |slice, n|
            left, stamp = ask(:leave_all, bucket, member, topic || "", n.zero? ? SENT_AWAY_FOR : 0, @id, *slice)
            sent_away(topic || "", member, stamp) if n.zero?
            left.positive?
          end.any?
        end
      end
    end
  end
end
