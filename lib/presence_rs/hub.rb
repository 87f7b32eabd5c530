# frozen_string_literal: true

require "concurrent/scheduled_task"

require_relative "hub/delivery"
require_relative "hub/events"
require_relative "hub/follower"
require_relative "hub/room"
require_relative "hub/roll"
require_relative "hub/session_meta"
require_relative "hub/seats"

module PresenceRs
  # Serves the sockets of this process from its registry's feed of diffs: every
  # message is encoded once and handed to each socket that follows the topic,
  # whatever adapter Action Cable runs on. A registry has one hub, and {Channel} is
  # its user; nothing here is for apps, but what they may ask it:
  #
  # @example In a console of a running server
  #   PresenceRs.registry.hub.size           # => 812, sockets that follow a topic here
  #   PresenceRs.registry.hub.size("room:1") # => 3
  #
  # No lock of the hub's is held while it calls the registry. A topic that nobody
  # follows here costs nothing.
  class Hub
    # How often in a row it tries to find out what followers lack before that is left
    # to their next heartbeats.
    ROUNDS = 5

    attr_reader :registry

    # @return [Roll] the sessions that sockets of this process stand for
    attr_reader :roll

    # @return [Events] what is on its way to the sockets of this process
    attr_reader :events

    # @param registry [Registry]
    def initialize(registry)
      @registry = registry
      @events = Events.new(self)
      after_fork
    end

    # Forgets all followers and sessions: in a child their sockets are the parent's.
    #
    # @return [void]
    def after_fork
      @mutex = Mutex.new
      @rooms = {}
      @roll = Roll.new
      @sending = false
      @events.after_fork
      nil
    end

    # Sends a follower a state, and from then on what comes after it.
    #
    # @param follower [Follower]
    # @return [void]
    # @raise [StoreUnavailable] and nothing is sent until it is called again
    def follow(follower)
      open_feed
      # Before the state is taken, so that no diff falls in between.
      @registry.watch(follower.topic)
      entered = nil
      room = in_room(follower.topic) { |found| entered = found.enter(follower) }
      return drop_if_empty(room) unless entered == :entered

      settle(room, { state: [follower] })
    end

    # Answers a heartbeat: with an ack of what was last sent, or with a state where
    # messages were kept back.
    #
    # @param follower [Follower]
    # @return [void]
    # @raise [StoreUnavailable] too where what was last sent may be out of date
    def answer(follower)
      @registry.assure
      room = room(follower.topic)
      follow(follower) unless room&.ack(follower)
    end

    # Tells a follower what was last sent to it.
    #
    # @param follower [Follower]
    # @return [Boolean] false where it needs more than that
    def ack(follower)
      @mutex.synchronize { @rooms[follower.topic] }&.ack(follower) || false
    end

    # Ends a follower for good.
    #
    # @param follower [Follower]
    # @return [void]
    def unfollow(follower)
      drop_if_empty(in_room(follower.topic) { |room| room.leave(follower) })
    end

    # After this no socket here revives a session of that member's. `leave_all`
    # calls it before it removes the sessions.
    #
    # @param topic [String, nil] nil for all topics
    # @param member [String] its id
    # @param mark [Integer, nil] spares sessions that began when the store was there already
    # @return [void]
    def revoke(topic, member, mark = nil)
      sessions = @roll.of_member(member, topic)
      sessions = sessions.reject { |session| session.since && session.since >= mark } if mark
      sessions.each(&:revoke)
    end

    # @param topic [String, nil] nil for all topics
    # @return [Integer] followers that get messages in this process
    def size(topic = nil)
      rooms = @mutex.synchronize { topic ? [@rooms[topic]].compact : @rooms.values }
      rooms.sum(&:size)
    end

    # @return [Array<String>] topics that are followed in this process
    def topics
      @mutex.synchronize { @rooms.keys }
    end

    # @return [Boolean] whether a diff is being sent to sockets just now
    # @api private
    def sending?
      @sending
    end

    # @param topic [String]
    # @return [Room, nil]
    # @api private
    def room(topic)
      @mutex.synchronize { @rooms[topic] }
    end

    # @return [Numeric] seconds on the registry's clock
    def now
      @registry.now
    end

    # Runs a block later, on a thread of its own.
    #
    # @param seconds [Numeric]
    # @return [Boolean] false where the clock is moved by hand and nothing happens by
    #   itself: then whoever asked has to look again at the client's next word
    def later(seconds, &block)
      return false if @registry.manual?

      Concurrent::ScheduledTask.execute(seconds) do
        PresenceRs.wrap(&block)
      rescue StandardError => e
        PresenceRs.report(e, in: "a presence timer")
      end
      true
    end

    private

    def open_feed
      @feed || @mutex.synchronize { @feed ||= @registry.follow { |diff| deliver(diff) } }
      @registry.ensure_ticking
      @registry.listen
    end

    def deliver(diff)
      room = room(diff.topic)
      return unless room

      @sending = true
      settle(room, room.deliver(Delivery.of_diff(diff), now))
    rescue StandardError => e
      PresenceRs.report(e, in: "sending a presence diff", topic: diff.topic)
    ensure
      @sending = false
    end

    # Finds out what followers lack, each thing once for all of them.
    def settle(room, needs, rounds = ROUNDS)
      needs.each do |need, followers|
        next room.give_up(followers) if rounds.zero?

        settle(room, room.settle(followers, room.find_out(need)), rounds - 1)
      end
      settled = true
    ensure
      room.give_up(needs.values.flatten) unless settled
      drop_if_empty(room)
    end

    # The room of a topic, made where there is none: the block answers `:retired`
    # where somebody was quicker to drop it.
    def in_room(topic)
      loop do
        room = @mutex.synchronize do
          found = @rooms[topic]
          found && !found.retired? ? found : @rooms[topic] = Room.new(@registry[topic])
        end
        return room unless yield(room) == :retired
      end
    end

    def drop_if_empty(room)
      return unless room.retired?

      @mutex.synchronize { @rooms.delete(room.topic.name) if @rooms[room.topic.name].equal?(room) }
    end
  end
end
