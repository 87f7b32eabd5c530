# frozen_string_literal: true

module PresenceRs
  # What people are present in: a room, a document, the whole site.
  #
  # People are given as a String, Symbol, Integer or anything with an `id`. All of these raise
  # {InvalidName}, and {StoreUnavailable} where the store is not in this process.
  #
  # @example
  #   room = PresenceRs["room:1"]
  #   room.join(user, session: token, meta: { name: user.name })
  class Topic
    # The session of those who have only one.
    DEFAULT_SESSION = "default"

    # @return [String]
    attr_reader :name

    # @api private
    def initialize(registry, name)
      @registry = registry
      @store = registry.store
      @direct = registry.direct
      @ttl_ms = registry.ttl_ms
      @config = registry.config
      @name = name
    end

    # Joins, or refreshes a live session and replaces its meta and ttl.
    #
    # @param session [String, Symbol, Integer] names this tab, device or connection of theirs
    # @param meta [Hash, nil] what this session shows to others; nil keeps what a live session has
    # @param ttl [Numeric, nil] seconds, for this session alone
    # @param since [Integer, nil] for the hub alone; see {Registry#mark}
    # @return [Boolean] whether this brought them online
    # @raise [InvalidMeta, LimitExceeded]
    def join(user, session: DEFAULT_SESSION, meta: Meta::EMPTY, ttl: nil, since: nil)
      text = meta.equal?(Meta::EMPTY) ? Meta::EMPTY_TEXT : meta && Meta.dump(meta, @config.max_meta_bytes)
      ttl = ttl ? lifetime(ttl) : @ttl_ms
      came = @direct.try_join(@name, user, session, text, ttl) if @direct && since.nil? && !PresenceRs.listened?("join.presence_rs")
      came.nil? ? join_any(user, session, text, ttl, since) : came
    end

    # A word from the client, which keeps its session alive.
    # @return [Boolean] whether that session is live
    def touch(user, session: DEFAULT_SESSION)
      live = @direct.try_touch(@name, user, session) if @direct
      live.nil? ? @store.touch(@name, id(user), session_id(session)) : live
    end

    # As {#touch}, where that is a write into memory and nothing has to be waited for.
    # @return [Boolean, nil] nil: it takes more
    # @api private
    def touch_at_once(member, session:) = @direct&.try_touch(@name, member, session)

    # Replaces the meta of a live session; prolongs nothing.
    # @return [Boolean] whether that session is live
    # @raise [InvalidMeta, LimitExceeded]
    def update(user, meta:, session: DEFAULT_SESSION)
      @store.update(@name, id(user), session_id(session), Meta.dump(meta, @config.max_meta_bytes))
    end

    # Ends a session.
    # @param linger [Numeric] for so many seconds the member still counts, unless they come back
    # @return [Boolean] whether this took them offline now
    def leave(user, session: DEFAULT_SESSION, linger: 0)
      ms = linger == 0 ? 0 : linger_ms(linger)
      left = @direct.try_leave(@name, user, session, ms) if @direct && !PresenceRs.listened?("leave.presence_rs")
      left.nil? ? leave_any(user, session, ms) : left
    end

    # Ends every session of theirs here; their sockets do not bring them back.
    # @return [Boolean] whether this took them offline
    def leave_all(user) = @registry.leave_all(user, topic: @name)

    # Sends an event to the pages of this topic, from whatever process: those that track or observe it now. Nothing is kept
    # for those who come later.
    #
    # @param event [String, Symbol] what `presence.on` of the page names
    # @param data [Hash] what JSON can say; at most `max_event_bytes`
    # @param to [Object, nil] a person, as {#join} takes them: all their sessions here; nil: everybody, observers too
    # @param session [String, nil] the public name of one session of theirs, as events from it tell it
    # @return [void]
    # @raise [InvalidEvent, LimitExceeded]
    # @example
    #   room.emit("start", { at: 3.seconds.from_now.to_f })
    # @example
    #   room.emit("warning", { text: "Wrong way" }, to: user)
    def emit(event, data = Meta::EMPTY, to: nil, session: nil)
      raise InvalidEvent, "session: names one of a member's sessions, so it takes to: as well" if session && to.nil?

      @registry.emit(Emission.of(@name, Names.utf8(event, "event"), Emission.data(data, @config.max_event_bytes),
                                 to: to && Names.utf8(id(to), "member"), session: session && Names.session(session)))
      nil
    end

    # A page request keeps them online for `request_ttl`, as one who lingers.
    # @api private
    # @param navigation [Boolean] whether the request loads a page
    # @return [Boolean] whether this brought them online
    def visit(user, navigation: true)
      @registry.ensure_ticking
      @store.visit(@name, id(user), @config.request_ttl_ms, @config.touch_every_ms, navigation)
    end

    # @return [Boolean]
    def online?(user)
      online = @direct.try_online?(@name, user) if @direct
      online.nil? ? @store.online?(@name, id(user)) : online
    end

    # @param users [Enumerable]
    # @return [Array] those who are online, with one look-up
    def online(users)
      users = users.to_a
      online = @direct.try_online(@name, users) if @direct
      return online if online

      answers = @store.online(@name, users.map { |user| id(user) })
      users.select.with_index { |_, index| answers[index] }
    end

    # @return [Integer] how many members are online
    def count = @store.count(@name)

    # @return [Array<String>] their ids, in the order of {#members}
    def ids = @store.ids(@name)

    # @return [Array<Member>] by `joined_at`, then by id
    def members = @store.members(@name).map { |row| Member.new(*row) }

    # @return [Member, nil]
    def member(user)
      row = @store.member(@name, id(user))
      row && Member.new(*row)
    end

    # @return [Time, nil] when any of their sessions was last heard from; kept for a while after they left
    def last_seen_at(user)
      ms = @store.last_seen_at(@name, id(user))
      ms && Time.at(0, ms, :millisecond)
    end

    # @return [Snapshot] the whole list as the diffs so far add up to
    def snapshot = @registry.snapshot(@name)

    # A part of the list, by the bytes of ids, for a topic that is too large to be taken at once.
    #
    # @param after [String, nil] the `next` of the page before; nil begins
    # @param limit [Integer] members at most, from 1 to {Page::MAX}
    # @return [Page]
    # @raise [InvalidPage]
    # @example
    #   page = room.page(limit: 2)            # => members "1" and "10", next "10"
    #   room.page(after: page.next, limit: 2) # => members "2" and "3", next nil
    def page(after: nil, limit: Page::LIMIT) = @registry.page(@name, *Page.check(after, limit))

    # @return [String] the snapshot as JSON, made in Rust; frozen
    def to_json(*) = snapshot.to_json

    # @return [Hash] the snapshot as data
    def as_json(*) = snapshot.as_json

    # @api private
    # @return [Snapshot] as clients get it: a sample where the topic is large
    def state = @registry.snapshot(@name, sample: true)

    # @api private
    # @return [Array] `[epoch, version, count]` of the last diff
    def position = @registry.position(@name)

    # @return [String]
    def inspect = "#<PresenceRs::Topic #{name.inspect}>"

    private

    # The long way, for whoever is no String, and where joins are told to ActiveSupport::Notifications.
    def join_any(user, session, text, ttl, since)
      member = id(user)
      session = session_id(session)
      @registry.ensure_ticking
      PresenceRs.instrument("join.presence_rs", { topic: @name, member: }) do
        since ? @store.join_since(@name, member, session, text, ttl, since) : @store.join(@name, member, session, text, ttl)
      end
    end

    def leave_any(user, session, linger)
      member = id(user)
      session = session_id(session)
      PresenceRs.instrument("leave.presence_rs", { topic: @name, member: }) { @store.leave(@name, member, session, linger) }
    end

    def session_id(session) = session.is_a?(String) ? session : Names.session(session)

    def id(user) = user.is_a?(String) ? user : Names.member(user, @registry.member_id)

    def lifetime(ttl)
      seconds = Settings.seconds(ttl)
      raise ConfigurationError, "ttl is a number of seconds above 0; got #{ttl.inspect}" unless seconds&.positive?

      max = @config.max_ttl
      raise LimitExceeded.new(:max_ttl, max, "a session was given #{ttl.inspect}") if seconds > max

      (seconds * 1000).ceil
    end

    def linger_ms(linger)
      seconds = Settings.seconds(linger)
      raise ConfigurationError, "linger is a number of seconds of 0 or more; got #{linger.inspect}" unless seconds && seconds >= 0

      ([seconds, @config.max_ttl.to_f].min * 1000).ceil
    end
  end
end
