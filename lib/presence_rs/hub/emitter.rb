# frozen_string_literal: true

require_relative "bucket"
require_relative "turns"

module PresenceRs
  class Hub
    # What the client of one seat says to others: how much of it, in which order, and whether it may. Whatever is wrong
    # is told to that client, and to nobody else.
    #
    # @api private
    class Emitter
      # Seconds that those behind it wait for an event that is missing. It has arrived already, and another thread has it.
      PATIENCE = 1

      # Events that wait for a channel that takes its time over those before them.
      WAITING = 100

      # @param seat [Seat]
      # @param notices [Notices]
      def initialize(seat, notices)
        @seat = seat
        @hub = seat.hub
        @topic = seat.topic
        @notices = notices
        @config = @hub.registry.config
        @events = []
        @lock = Mutex.new
        @turns = Turns.new
        @allowance = Bucket.new(@config.events_per_second, @config.event_burst)
        @working = @waiting = false
      end

      # @param events [Array<String>] names
      # @param hook [#call, nil] takes a name, the data and `to:`; false refuses, a Hash replaces the data
      # @return [Boolean] whether there is something to emit, and was nothing before
      def permit(events, hook)
        before = any?
        @events = events
        @hook = hook
        any? && !before
      end

      def any?
        !@events.empty?
      end

      # A session of its own numbers what it says from 1 on.
      #
      # @return [void]
      def begin_anew
        @lock.synchronize { @turns = Turns.new }
      end

      # @param session [Session, nil] of the seat, now
      # @param words [Hash] from the client, so anything may be in it
      # @return [void]
      def hear(session, words)
        allowed, lost = @lock.synchronize do
          free = @allowance.take(@hub.now)
          @turns.arrive(words["seq"], free ? [session, words] : nil)
          [free, @turns.shorten(WAITING)]
        end
        too_many(words) unless allowed
        @hub.events.drop(lost, @topic.name) if lost.positive?
        work
        wait_for_missing
      end

      private

      # One thread at a time, in order; the others leave theirs to it.
      def work
        return if @lock.synchronize { @working.tap { @working = true } }

        while (item = next_item)
          say(*item)
        end
      ensure
        # Whatever stops this thread stops none of those that come after it.
        @lock.synchronize { @working = false } if item
      end

      def next_item
        @lock.synchronize { @turns.take.tap { |item| @working = false unless item } }
      end

      def wait_for_missing
        missing = @lock.synchronize do
          next if @waiting || !@turns.waiting?

          @waiting = true
          @turns.next
        end
        return unless missing

        later = @hub.later(PATIENCE) { go_on_without(missing) }
        go_on_without(missing) unless later
      end

      def go_on_without(missing)
        @lock.synchronize do
          @waiting = false
          @turns.give_up if @turns.next == missing
        end
        work
        wait_for_missing
      end

      def say(session, words)
        event = words["event"]
        event = event.name if event.is_a?(Symbol) # from an app's tests
        return refuse(event, "forbidden", forbidden(session, event)) unless session && @events.include?(event)

        data, to, of = address(session, words)
        text = Emission.data(data, @config.max_event_bytes)
        text = ask(event, data, to, text) or return
        send_out(session, event, text, to, of)
      rescue InvalidEvent, InvalidName, InvalidMeta, LimitExceeded, StoreUnavailable => e
        @notices.refusal(event, e, @topic.name)
      end

      # @return [Array] the data, the member it is for, and which session of theirs
      def address(session, words)
        to, of = words.values_at("to", "session")
        to = to.nil? ? nil : name(to, "to", "the id of a member")
        of = of.nil? ? nil : name(of, "session", "the public name of a session")
        raise InvalidEvent, "\"session\" names one of a member's sessions: say whose with \"to\"" if of && to.nil?
        raise InvalidEvent, "an event goes to others, but \"to\" is who sends it" if to == session.member

        [words.fetch("data") { {} }, to, of]
      end

      def name(value, key, what)
        raise InvalidEvent, "\"#{key}\" is #{what}; got #{value.class}" unless value.is_a?(String) || value.is_a?(Integer)

        Names.utf8(value, key == "to" ? "member" : key)
      end

      # What the channel says of it.
      #
      # @return [String, nil] the data as JSON; nil where it does not go out
      def ask(event, data, to, text)
        return text unless @hook

        # Symbols come from an app's tests, never from a client.
        data = Meta.load(text) if data.each_key.any?(Symbol)
        answer = @hook.call(event, data, to: to)
        return Emission.data(answer, @config.max_event_bytes) if answer.is_a?(Hash)
        return text unless answer == false

        refuse(event, "forbidden", "The channel has refused the event #{event.inspect}.")
      rescue StandardError => e
        PresenceRs.report(e, in: "presence_event", event: event, topic: @topic.name)
        refuse(event, "event_failed", "The channel could not handle the event #{event.inspect}; it was not sent.")
      end

      def send_out(session, event, text, to, of)
        return gone(event) unless @seat.attend(session)
        return absent(event, to) unless to.nil? || @topic.online?(to)

        @hub.registry.emit(Emission.of(@topic.name, event, text, from: [session.member, session.public_name], to: to, session: of))
      end

      # Sent away, or over for some other reason that the page was told, or caused.
      def gone(event)
        refuse(event, "forbidden", "This page is not present any more, so it cannot send the event #{event.inspect}.")
      end

      # Where pages get no list, an event must not be a way to ask who is there.
      def absent(event, member)
        return if @topic.count > @config.list_limit * 4 / 5

        refuse(event, "not_present", "#{member.inspect} is not present; the event #{event.inspect} was not sent.")
      end

      def forbidden(session, event)
        return "Who only watches a topic cannot send events to it." unless session

        "The event #{event.to_s[0, 80].inspect} may not be sent here: track_presence says which may, with events:."
      end

      def too_many(words)
        limit = @config.events_per_second
        @notices.refusal(words["event"], LimitExceeded.new(:events_per_second, limit, "this session has sent more"), @topic.name)
      end

      # @return [nil]
      def refuse(event, code, message)
        @notices.refusal(event, [code, message], @topic.name)
        nil
      end
    end
  end
end
