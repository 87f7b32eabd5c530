# frozen_string_literal: true

require "active_support/concern"
require "active_support/core_ext/class/subclasses"

module PresenceRs
  # Presence for an Action Cable channel: whoever subscribes is listed on a topic,
  # or watches it, and gets its list and every change of it.
  #
  # @example A room that lists who is in it
  #   class RoomChannel < ApplicationCable::Channel
  #     include PresenceRs::Channel
  #
  #     def subscribed
  #       room = Room.find(params[:id])
  #       return reject unless current_user.can_enter?(room)
  #
  #       track_presence room, as: current_user, meta: { name: current_user.name }, permit: [:typing]
  #     end
  #   end
  #
  # @example The number of people online, for somebody who is not signed in
  #   class CountChannel < ApplicationCable::Channel
  #     include PresenceRs::Channel
  #
  #     def subscribed
  #       observe_presence "online", list: false
  #     end
  #   end
  #
  # Clients can call the six actions below and the app's own, but never `subscribed`,
  # `unsubscribed` and `presence_event`, which are written as public methods and would
  # else be actions too. What is sent, and when, is in docs/action_cable.md.
  module Channel
    extend ActiveSupport::Concern

    included do
      [self, *descendants].each { |channel| channel.send(:clear_action_methods!) }
    end

    class_methods do
      # @return [Set<String>] what clients can call
      def action_methods
        super - %w[subscribed unsubscribed presence_event]
      end
    end

    # @!visibility private
    def initialize(...)
      super
      @presence_seats = Hub::Seats.new(connection, identifier)
    end

    # Action: the client's sign of life, answered by an ack of what was last sent to
    # it. Brings an expired session back.
    #
    # @param data [Hash] may name a "topic"; without it all that is followed here is meant
    # @return [void]
    def presence_heartbeat(data)
      presence_seats(data).each(&:beat)
    end

    # Action: the client wants the whole list, once a second at most; a page that
    # comes back names its earlier session, which leaves at once. One that says where its
    # list is gets no other where it is right.
    #
    # @param data [Hash] may have "resume" (what `presence_session` said), "epoch" and "version", and "topic"
    # @return [void]
    def presence_sync(data)
      presence_seats(data).each { |seat| seat.sync(data["resume"], data["epoch"], data["version"]) }
    end

    # Action: the client wants a part of the list of a large topic, once a second at most.
    #
    # @param data [Hash] "after": the `next` of the page before, an id; "limit": members at most, from 1 to
    #   {Page::MAX}; may name a "topic"
    # @return [void]
    def presence_page(data)
      presence_seats(data).each { |seat| seat.page(data["after"], data.fetch("limit", Page::LIMIT)) }
    end

    # Action: the client changes its own meta, where {#track_presence} permits.
    #
    # @param data [Hash] "meta": an object; "seq": a number that rises, as actions may
    #   overtake each other; may name a "topic"
    # @return [void]
    def presence_update(data)
      presence_seats(data).each { |seat| seat.change(data["meta"], data["seq"]) }
    end

    # Action: the client sends an event to others, where {#track_presence} permits it.
    #
    # @param data [Hash] "event": a name; "data": an object; "to": the id of a member, without it all others get it;
    #   "session": one of that member's, by its public name; "seq": a number that rises by one from 1 on, as actions may
    #   overtake each other; may name a "topic"
    # @return [void]
    def presence_emit(data)
      seats = presence_seats(data)
      tracked = seats.select(&:tracked?)
      (tracked.empty? ? seats.first(1) : tracked).each { |seat| seat.emit(data) }
    end

    # Action: the client says goodbye (a page change, a closed tab). Its place is kept
    # for `config.linger` seconds, and nothing but a new subscription brings it back.
    #
    # @param data [Hash] may name a "topic"; and "resume", the session that is meant (what
    #   `presence_session` said), as the goodbye of a page may come after the next page's coming
    # @return [void]
    def presence_leave(data)
      presence_seats(data).each { |seat| seat.goodbye(data["resume"]) }
    end

    # @!visibility private
    def subscribe_to_channel
      @presence_seats.hold
      super
      # Not where `subscribed` raised, either: then nothing is ever started.
      @presence_seats.open unless subscription_rejected?
    end

    # Whatever `unsubscribed` does or raises; it comes first, so that it can still
    # say {#untrack_presence}.
    #
    # @!visibility private
    def unsubscribe_from_channel
      super
    ensure
      @presence_seats.close(dropped: !subscription_rejected?)
    end

    private

    # @return [Boolean] whether that was all there is to do; see {Hub::Wire::Heartbeats}
    def presence_heartbeat_at_once(data)
      return false unless method(:presence_heartbeat).owner.equal?(Channel) && method(:perform_action).owner.equal?(::ActionCable::Channel::Base)

      seats = presence_seats(data)
      seats.size == 1 && seats.first.beat_at_once
    end

    # Lists a member on a topic for as long as this subscription's client is heard,
    # and sends the client the list and its changes. Called again for the same topic
    # it changes what is shown and permitted, or who is listed, and adds nothing. In
    # `subscribed` it is done once the subscription stands: a rejected one lists nobody.
    #
    # An invalid topic or member is told to the client, and the subscription rejected.
    # A full topic and a store that cannot be reached are told, and tried again at the
    # client's heartbeats.
    #
    # @!visibility public
    # @param topic [String, Symbol, #to_gid_param]
    # @param as [String, Symbol, Integer, #id] the member
    # @param meta [Hash] what others see of this session
    # @param permit [Array<Symbol, String>] keys of the meta that the client may replace
    # @param events [Array<Symbol, String>] what the client may emit; a method `presence_event(name, data, to:)` of the
    #   channel is called before each is delivered
    # @param ttl [Numeric, nil] seconds; nil for the configured ones
    # @return [void]
    # @raise [ArgumentError] where nobody is given
    # @raise [InvalidMeta] which the client is told of too
    #
    # @example
    #   track_presence "room:1", as: current_user, meta: { name: current_user.name }, permit: [:typing]
    def track_presence(topic, as:, meta: {}, permit: [], events: [], ttl: nil)
      unless as
        raise ArgumentError, "track_presence needs somebody to list, but `as:` is #{as.inspect}. " \
                             "Is the connection identified? To watch without being listed call observe_presence."
      end

      seconds = ttl && Settings.seconds(ttl)
      raise ArgumentError, "ttl is a number of seconds above 0; got #{ttl.inspect}" if ttl && !seconds&.positive?

      presence_seat(topic) do |registry|
        member = Names.member(as, registry.member_id)
        shown = Hub::SessionMeta.new(meta, permit, registry.config.max_meta_bytes)
        hook = method(:presence_event) if respond_to?(:presence_event, true)
        ->(seat) { seat.track(member, shown, seconds, Array(events).map(&:to_s), hook) }
      end
    end

    # Sends the client the list of a topic and its changes, without listing anybody.
    # A topic that this subscription was tracked on is left, and watched from now on.
    #
    # @!visibility public
    # @param topic [String, Symbol, #to_gid_param]
    # @param list [Boolean] false: how many are there, and not who; the client gets a sample of nobody
    # @return [void]
    #
    # @example
    #   observe_presence "online"
    def observe_presence(topic, list: true)
      presence_seat(topic) { ->(seat) { seat.observe(list: list) } }
    end

    # Replaces the meta of this subscription's session, which prolongs nothing. It takes `(meta, topic: …)`, or
    # `(topic, meta: …)` as {#track_presence} does.
    #
    # @!visibility public
    # @overload update_presence(meta, topic: nil)
    # @overload update_presence(topic = nil, meta:)
    # @param meta [Hash] all of it
    # @param topic [String, Symbol, #to_gid_param, nil] nil for every topic it is tracked on
    # @return [Boolean] whether a session of this subscription is live and shows it
    # @raise [InvalidName, InvalidMeta, LimitExceeded, StoreUnavailable]
    #
    # @example
    #   def finish(data)
    #     update_presence({ name: current_user.name, place: data["place"].to_i })
    #   end
    def update_presence(first = nil, meta: (meta_first = true), topic: nil)
      meta, topic = meta_first ? [first, topic] : [meta, topic || first]
      @presence_seats.all(topic && Names.topic(topic)).map { |seat| seat.replace(meta) }.any?
    end

    # Leaves at once, without lingering, and follows no longer.
    #
    # @!visibility public
    # @param topic [String, Symbol, #to_gid_param, nil] nil for all that it follows
    # @return [void]
    # @raise [InvalidName]
    #
    # @example
    #   untrack_presence Room.find(data["left"])
    def untrack_presence(topic = nil)
      @presence_seats.give_up(topic && Names.topic(topic))
    end

    # The seat of a topic, for what the block makes of the registry: all that can be
    # wrong with what the app gave shows here, before anything is done.
    def presence_seat(topic)
      registry = PresenceRs.registry
      place = registry[topic]
      change = yield registry
      @presence_seats.take(registry.hub, place, &change)
      nil
    rescue InvalidName, InvalidMeta => e
      @presence_seats.refuse(e, place ? place.name : topic)
      raise if e.is_a?(InvalidMeta)

      reject if @presence_seats.held?
    end

    def presence_seats(data)
      @presence_seats.started(data["topic"])
    end
  end
end
