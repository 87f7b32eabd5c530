# frozen_string_literal: true

module PresenceRs
  module Stores
    class Redis
      # The feed's side of the store: what is published reaches this process, and what it missed is made up for.
      # @api private
      module Following
        # So many topics' positions are asked for in one call.
        TOPICS_AT_ONCE = 200

        # From here on diffs of this topic are drained too that other processes have taken.
        # @param topic [String, nil] nil: of every topic
        # @yieldreturn [Array<String>] the topics that are followed, asked for now and then: others are given up
        # @raise [StoreUnavailable] of a single topic: it could not be brought about in time
        # @return [void]
        def watch(topic, &followed)
          @followed ||= followed
          return watch_everything if topic.nil?

          introduce
          @feed.watch(Names.utf8(topic, "topic"))
        end

        # @return [void]
        # @raise [StoreUnavailable] what was fed may be out of date: the server cannot be asked, or does not feed
        def assure
          @link.assure
          raise @link.unavailable(IOError.new("the feed is not connected")) if @feed&.behind?
        end

        # @param packet [Packet]
        # @return [void]
        def fed(packet)
          return unless @positions.advance?(packet)

          put_out(Diff.new(packet, :followers))
          @agenda&.add_if_idle(bucket(packet.topic), @beat) unless @manual
        end

        # What a bucket tells everybody.
        # @param words [Array<String>]
        # @param bucket [Integer]
        # @return [void]
        def told(words, bucket)
          case words
          in ["left", topic, member, session, number]
            @hosts.remove(topic, member, session) if @hosts.find(topic, member, session)&.number == number
          in ["revoke", topic, member, stamp, by] then revoked(topic, member, stamp.to_i) unless by == @id
          # Not all processes in the same moment.
          in ["life", _] then @agenda.add(bucket, rand * 200) unless @manual
          else nil # of a later version
          end
        end

        # The feed was interrupted: whatever differs from what it has brought is taken anew.
        # @param topics [Array<String>, nil] nil: all
        # @return [void]
        def resync(topics)
          @link.apart do
            all_buckets.each { |bucket| catch_up_revocations(bucket) }
            topics ||= everything or return
            each_position(topics) do |topic, epoch, version|
              reset(topic) unless @positions[topic] == [epoch, version]
            end
          end
        end

        private

        # What is published from here on is fed. Redis may be away just now: then all that is there once it can be asked
        # was missed.
        def watch_everything
          @watch_all = true
          introduce
          @feed.watch_all
          @late = !@feed.await_all unless @manual
        rescue StoreUnavailable
          raise if @manual

          @late = true
        end

        # @return [Array<String>, nil] all topics to be compared; nil where this is where the feed begins
        def everything
          known = all_buckets.flat_map { |bucket| patiently { known_topics(bucket) }.first }
          begun = @begun || @late
          @begun = true
          return known | @positions.topics if begun

          each_position(known) { |topic, epoch, version| @positions.note(topic, epoch, version) }
          nil
        end

        # A member was sent away, from a topic or ("") from all. The feed tells of it, and so does the bucket when it is asked.
        def revoked(topic, member, stamp)
          return if @sent_away[[topic, member]] == stamp

          sent_away(topic, member, stamp)
          topic = nil if topic.empty?
          @hosts.remove_member(topic, member, before: stamp)
          put_out(Revocation.new(topic:, member:, mark: stamp))
        end

        # So that it is told once here.
        def sent_away(topic, member, stamp)
          @sent_away[[topic, member]] = stamp
          @sent_away.shift if @sent_away.size > 1_000
        end

        # Those who were sent away while nobody could tell.
        def catch_up_revocations(bucket)
          since = @revoked_till[bucket]
          till, rows = ask(:revoked, bucket, since || "+inf")
          @revoked_till[bucket] = till
          rows.each_slice(2) do |name, stamp|
            topic, member = name.b.split("\xFF".b, -1).map { |word| word.force_encoding(Encoding::UTF_8) }
            revoked(topic, member, stamp.to_i)
          end
        end

        def each_position(topics)
          topics.group_by { |topic| bucket(topic) }.each do |at, group|
            group.each_slice(TOPICS_AT_ONCE) do |slice|
              found = patiently { ask(:position, at, *slice) }.first
              slice.zip(found.each_slice(3)) { |topic, (epoch, version, _)| yield topic, epoch, version }
            end
          end
        end

        def reset(topic)
          state = snapshot(topic, true)
          whole = state.sample? ? snapshot(topic, false) : state
          @positions.set(topic, whole.epoch, whole.version)
          put_out(Diff::Reset.new(whole, state, Time.now))
        end

        def note(topic, epoch, version)
          @positions.note(topic, epoch, version) if @feed.watching?(topic)
        end

        def put_out(item)
          @outbox << item
          @agenda&.ring unless @manual
        end
      end
    end
  end
end
