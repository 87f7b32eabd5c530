# frozen_string_literal: true

require "monitor"
require_relative "emitter"
require_relative "follower"
require_relative "pace"
require_relative "pager"
require_relative "session"

module PresenceRs
  class Hub
    # One topic that one subscription follows, with the session that it stands for
    # there, unless it only watches. A client's words about that topic come in here,
    # on any thread, and none of them raises what the client can be told instead.
    #
    # @api private
    class Seat
      # Heartbeats that are answered in a second; more of them keep alive, no more.
      ANSWERS = 10

      # What the client is told of; all else is the app's or ours to mend, and raised.
      TOLD = [InvalidMeta, InvalidPage, LimitExceeded, StoreUnavailable].freeze

      # A session's token, as the server makes it, or as an earlier version did.
      RESUME = /\A[\w-]{22,32}\z/

      # @return [Hub]
      attr_reader :hub
      # @return [Topic]
      attr_reader :topic
      # @return [Follower]
      attr_reader :follower

      # @param hub [Hub]
      # @param topic [Topic]
      # @param socket [Socket]
      # @param notices [Notices] of the same subscription
      def initialize(hub, topic, socket, notices)
        @hub = hub
        @topic = topic
        @config = hub.registry.config
        @follower = Follower.new(topic: topic.name, socket: socket, ttl: @config.ttl.to_f, now: hub.now)
        @notices = notices
        @emitter = Emitter.new(self, notices)
        @lock = Monitor.new
        @answers = Pace.new(ANSWERS, 1)
        @states = Pace.new(1, 1)
        @pager = Pager.new(hub, topic, socket) { |&block| telling(&block) unless @closed }
        @started = @closed = @resumed = @state_due = false
      end

      # Until {#start} nothing is joined, sent or answered.
      def started?
        @started
      end

      # Lists a member from now on, in place of whoever was listed.
      #
      # @param member [String] its id
      # @param meta [SessionMeta]
      # @param ttl [Numeric, nil] seconds
      # @param events [Array<String>] what the client may emit
      # @param hook [#call, nil] the channel's say in that
      # @return [void]
      def track(member, meta, ttl, events = [], hook = nil)
        turned = @lock.synchronize do
          next if @closed

          heard(ttl || @config.ttl.to_f)
          turned = turn(nil)
          news = @emitter.permit(events, hook)
          same = @session && !@session.over? && @session.member == member
          unless same
            earlier, @session = @session, Session.new(self, member)
            @emitter.begin_anew
          end
          @session.present(meta, ttl)
          @follower.session = @session
          appear(announce: !same || news) if @started
          earlier&.finish
          turned
        end
        send_state if turned
      end

      # Only watches from now on.
      #
      # @param list [Boolean] who is there, or how many
      # @return [void]
      def observe(list: true)
        turned = @lock.synchronize do
          heard(@config.ttl.to_f)
          @session&.finish
          @session = @follower.session = nil
          turn(list ? nil : @config.heartbeat.to_f)
        end
        send_state if turned
      end

      # Joins and follows. What fails for now is told, and tried again at heartbeats.
      #
      # @return [void]
      def start
        @lock.synchronize do
          return if @started || @closed

          @started = true
          appear(announce: true) if @session
        end
        telling { @hub.follow(@follower) }
      end

      # A heartbeat.
      #
      # @return [void]
      def beat
        heard
        return @session&.touch unless @lock.synchronize { @answers.take(@hub.now) }

        telling { @session&.beat }
        telling { @pager.answer }
        @state_due ? send_state : telling { @hub.answer(@follower) }
      end

      # A heartbeat, if nothing has to be waited for.
      #
      # @return [Boolean] whether that was all there is to do
      def beat_at_once
        return false unless @hub.registry.direct && !@state_due && !@pager.waiting? && (@session.nil? || @session.touch_at_once)
        return false unless @lock.mon_try_enter

        begin
          heard
          # One too many lives on, and that is all.
          !@answers.take(@hub.now) || @hub.ack(@follower)
        ensure
          @lock.mon_exit
        end
      end

      # The client asks for a state, and may name the session that this one replaces.
      #
      # One that says where it is, and is where it was sent to, gets an ack: it has come back, and has its state.
      #
      # @param resume [Object]
      # @param epoch [Object] of the client's list, as is the version; nil where it does not say
      # @param version [Object]
      # @return [void]
      def sync(resume, epoch = nil, version = nil)
        heard
        telling { @session&.beat }
        take_over(resume) if resume.is_a?(String) && RESUME.match?(resume)
        return send_state unless @follower.at?(epoch, version) && @lock.synchronize { @answers.take(@hub.now) }

        telling { @hub.answer(@follower) }
      end

      # The client asks for a part of the list.
      #
      # @param after [Object]
      # @param limit [Object]
      # @return [void]
      def page(after, limit)
        heard
        telling { @session&.beat }
        telling do
          raise InvalidPage, "this subscription follows how many there are, and not who" if @follower.counts

          @pager.ask(after, limit)
        end
      end

      # The client's changes to its own meta.
      #
      # @param changes [Object]
      # @param seq [Object]
      # @return [void]
      def change(changes, seq)
        heard
        telling { @session&.change(changes, seq) }
      end

      # Whether somebody is listed.
      def tracked?
        !@session.nil?
      end

      # The client has something to say to others.
      #
      # @param words [Hash] "event", "data", "to", "session", "seq"
      # @return [void]
      def emit(words)
        @emitter.hear(@session, words)
      end

      # A word from the client other than its heartbeat.
      #
      # @return [Boolean] whether its session is live
      def attend(session)
        heard
        session.beat
      end

      # The app's meta for it; see {Session#replace}.
      def replace(values)
        @session ? @session.replace(values) : false
      end

      # The client goes; whoever comes right back has not left.
      #
      # @param resume [Object] names the session that goes, as this word may have been
      #   overtaken by a new subscription of the same identifier; nil: this one
      # @return [void]
      def goodbye(resume = nil)
        session = @session
        return if session.nil?
        return session.finish(@config.linger) if resume.nil? || resume == session.token

        earlier = @hub.roll[resume]
        earlier.finish(@config.linger) if earlier&.stands_for?(@topic, session.member)
      end

      # All ends, for good.
      #
      # @param dropped [Boolean] whether the socket just went, without a word: then the
      #   place is kept for a while; else nobody is there any more at once
      # @return [void]
      def close(dropped: false)
        @lock.synchronize { @closed = true }
        @session&.finish(dropped ? @config.grace : nil)
      ensure
        @hub.unfollow(@follower)
      end

      # Runs a block, and tells the client of what it can do something about.
      #
      # @return [Object, nil] what the block answers; nil where it was refused
      def telling
        yield
      rescue *TOLD => e
        @notices.error(e, @topic.name, @config.heartbeat.to_f)
        nil
      end

      private

      # To who is there (nil), or to how many.
      #
      # @return [Boolean] whether the client has to be told, as it has had the other
      def turn(counts)
        return false if @follower.counts == counts

        @follower.counts = counts
        @pager.forget
        @started
      end

      def heard(*ttl)
        @follower.heard(@hub.now, *ttl)
      end

      # A client that is to keep a short session alive has to speak more often.
      def appear(announce:)
        @notices.session(@session, [@config.heartbeat.to_f, *@session.ttl&./(3.0)].min, named: @emitter.any?) if announce
        telling { @session.join }
      end

      # Once for a subscription: whoever comes back has one earlier session.
      def take_over(resume)
        session = @session
        return if session.nil? || resume == session.token
        return unless @lock.synchronize { !@resumed && (@resumed = true) }

        done = telling do
          session.supersede(resume)
          true
        end
        @resumed = false unless done
      end

      # At once, or as soon as a second has passed since the last one.
      def send_state
        wait = @lock.synchronize { state_wait(@hub.now) }
        return telling { @hub.follow(@follower) } if wait.zero?
        return if @lock.synchronize { @state_due.tap { @state_due = true } }

        @hub.later(wait) do
          @state_due = false
          send_state
        end
      end

      def state_wait(now)
        return @states.wait(now) unless @states.take(now)

        @state_due = false
        0
      end
    end
  end
end
