# frozen_string_literal: true

require "monitor"
require "securerandom"
require_relative "pace"

module PresenceRs
  class Hub
    # What a tracking subscription stands for in the registry: one session of one
    # member on one topic. Actions of a socket run at once and out of order on a
    # pool, so all that writes is under one lock, and once it is over (left,
    # replaced, sent away, closed) nothing revives it, however late that runs.
    #
    # @api private
    class Session
      # How many updates of a client's are written in a second; the rest is merged.
      UPDATES = 10

      attr_reader :topic, :member, :token, :ttl

      # @return [String] what others know it by: unlike the token, it can do nothing
      attr_reader :public_name

      # @return [Integer, nil] where the store was when it began: who is sent away after that stays away,
      #   even before this process has heard of it
      attr_reader :since

      # @param seat [Seat] of the subscription
      # @param member [String] its id
      def initialize(seat, member)
        @seat = seat
        @hub = seat.hub
        @topic = seat.topic
        @member = member
        @token = SecureRandom.urlsafe_base64(16) # 22 bytes: the registry keeps up to 23 in place
        @public_name = SecureRandom.urlsafe_base64(9)
        @since = @hub.registry.mark
        @lock = Monitor.new
        @pace = Pace.new(UPDATES, 1)
        @over = @joined = @here = @waiting = false
      end

      def over?
        @over
      end

      # @return [Follower] its socket's
      def follower
        @seat.follower
      end

      # @return [Boolean] whether it has joined, and has not left
      def here?
        @here && !@over
      end

      def socket_alive?
        @seat.follower.socket.alive?
      end

      # What it shows from the next {#join} on, and what of that the client may change.
      #
      # @param meta [SessionMeta]
      # @param ttl [Numeric, nil] seconds; nil for the configured ones
      def present(meta, ttl)
        @lock.synchronize do
          @meta = meta
          @ttl = ttl
          @wanted = nil
        end
      end

      # Joins, or joins again with what it shows.
      #
      # @return [Boolean] whether it is live
      # @raise [InvalidMeta, LimitExceeded, StoreUnavailable]
      def join
        @lock.synchronize { !@over && socket_alive? && enter }
      end

      # A word from the client: it lives on, or lives again.
      #
      # @return [Boolean] whether it is live
      # @raise [LimitExceeded, StoreUnavailable]
      def beat
        @lock.synchronize { !@over && (touch || join) && write_wanted }
      end

      # A word too many: it lives on, and that is all.
      #
      # @return [Boolean] whether it is live
      def touch
        !@over && @topic.touch(@member, session: @token)
      end

      # @return [Boolean] whether it lives on, and no change of its meta waits to be written; nothing is waited for
      def touch_at_once
        !@over && @wanted.nil? && @topic.touch_at_once(@member, session: @token) == true
      end

      # The client's own changes to the meta, which are a word from it too.
      #
      # @param changes [Object] a Hash; see {SessionMeta#merge}
      # @param seq [Integer, nil] not above the last one: too late, and left out
      # @return [Boolean] whether it is live
      # @raise [InvalidMeta, LimitExceeded, StoreUnavailable] changes that the store did not take
      #   are tried again at the next word, others are forgotten
      def change(changes, seq)
        @lock.synchronize do
          next false if @over

          wanted = (@wanted || @meta).merge(changes)
          @wanted = wanted if wanted != (@wanted || @meta) && newer?(seq)
          beat
        end
      end

      # The app's word on the meta, which prolongs nothing.
      #
      # @param values [Hash]
      # @return [Boolean] whether it is live
      # @raise [InvalidMeta, LimitExceeded, StoreUnavailable]
      def replace(values)
        @lock.synchronize do
          next false if @over

          @wanted = @meta.replace(values)
          write
        end
      end

      # @param linger [Numeric, nil] seconds that the place is kept; nil or 0: offline at once
      # @return [void]
      def finish(linger = nil)
        linger = nil if linger.to_f.zero?
        @lock.synchronize do
          end_it
          # Again after a goodbye, too: that changes nothing, but without linger it ends the place that was kept.
          leave(linger) if @joined
        end
      end

      # An earlier session of the same member is replaced by this one: it leaves at
      # once, and its socket, if it is still open here, is forgotten. Without our own
      # lock, as two sessions may name each other.
      #
      # @param token [String] the earlier one's
      # @return [Boolean] whether this one is live
      # @raise [LimitExceeded, StoreUnavailable]
      def supersede(token)
        earlier = @hub.roll[token]
        if earlier.nil?
          @topic.leave(@member, session: token) unless @over
        elsif earlier.stands_for?(@topic, @member)
          earlier.give_way
        end
        beat
      end

      def stands_for?(topic, member)
        @topic.name == topic.name && @member == member
      end

      # @return [void]
      def give_way
        @seat.close
      end

      # Its member is sent away, and whoever does that removes the session.
      #
      # @return [void]
      def revoke
        @lock.synchronize { end_it }
      end

      private

      def newer?(seq)
        return true if seq.nil?
        raise InvalidMeta, "the seq of presence_update is a whole number that rises" unless seq.is_a?(Integer)
        return false if @seq && seq <= @seq

        @seq = seq
        true
      end

      def enter
        @joined = true
        @hub.roll.add(self)
        @topic.join(@member, session: @token, meta: @meta.to_h, ttl: @ttl, since: @since)
        return @here = true if socket_alive?

        # It was closed meanwhile, and whoever closed it may have been here before us.
        finish
        false
      end

      def end_it
        @over = true
        @hub.roll.remove(self)
      end

      def leave(linger)
        @topic.leave(@member, session: @token, **(linger ? { linger: linger } : {}))
      rescue StoreUnavailable => e
        # Its ttl ends it; whoever closes a socket can do nothing about it.
        PresenceRs.report(e, in: "leaving #{@topic.name}", member: @member)
      end

      def write_wanted
        return true if @wanted.nil?
        return write if @pace.take(@hub.now)

        write_later
        true
      end

      def write
        live = @topic.update(@member, session: @token, meta: @wanted.to_h)
        @meta = @wanted
        @wanted = nil
        live
      rescue InvalidMeta, LimitExceeded
        @wanted = nil
        raise
      end

      # The last of many is never lost.
      def write_later
        return if @waiting

        @waiting = @hub.later(@pace.wait(@hub.now)) do
          @lock.synchronize do
            @waiting = false
            @seat.telling { write_wanted } unless @over
          end
        end
      end
    end
  end
end
