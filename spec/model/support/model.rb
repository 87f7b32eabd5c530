# frozen_string_literal: true

require_relative "model/room"

module ModelSpec
  # What the documentation promises, as simply as it can be written down: lists of sessions, walked through each time.
  # Times are whole milliseconds.
  class Model
    # A limit of the configuration that a call has reached.
    Limit = Struct.new(:name)

    attr_reader :now, :wall, :rooms, :last_seen

    # @param rules [Hash] the settings, times in ms
    # @param wall [Integer] ms since 1970
    def initialize(rules, topics, wall)
      @rules = rules
      @now = 0
      @wall = wall
      @rooms = topics.to_h { |name| [name, Room.new(rules)] }
      @last_seen = {}
    end

    def advance(milliseconds)
      @now += milliseconds
      @wall += milliseconds
      @rooms.each_value { |room| room.pass(@now) }
    end

    def set_wall(by) = @wall += by

    def join(topic, id, session:, meta:, ttl:)
      refused = full(topic, id) and return refused
      room = @rooms[topic]
      person = room.people[id]
      old = person&.sessions&.[](session)
      meta ||= old ? old.meta : {}
      return Limit.new(:max_sessions_per_member) if old.nil? && person && person.sessions.size >= @rules[:max_sessions_per_member]
      return Limit.new(:max_member_bytes) if bytes(person, session, meta) > @rules[:max_member_bytes]

      came = person.nil?
      person ||= room.arrive(id, @wall)
      person.place = nil unless old
      person.sessions[session] = Session.new(meta:, ttl:, ends: @now + ttl)
      @last_seen[[topic, id]] = @wall
      came
    end

    def touch(topic, id, session:)
      live = live(topic, id, session) or return false

      live.ends = @now + live.ttl
      @last_seen[[topic, id]] = @wall
      true
    end

    def update(topic, id, session:, meta:)
      live = live(topic, id, session) or return false
      return Limit.new(:max_member_bytes) if bytes(@rooms[topic].people[id], session, meta) > @rules[:max_member_bytes]

      live.meta = meta
      true
    end

    def leave(topic, id, session:, linger: 0)
      room = @rooms[topic]
      person = room.people[id] or return false

      gone = person.sessions.delete(session)
      if gone.nil?
        return false if linger.positive? || person.place.nil? || person.place.session != session
      elsif person.sessions.any?
        return false
      elsif linger.positive?
        asked = person.place&.asked || 0
        person.place = Place.new(session:, meta: gone.meta, lingers: [@now + linger, gone.ends].min, asked:)
        return false
      end
      room.depart(id, :left)
      true
    end

    def leave_all(id, topic: nil)
      rooms = topic ? [@rooms[topic]] : @rooms.values
      rooms.map { |room| room.people.key?(id) && room.depart(id, :left) }.any?
    end

    # A page request; `ttl` and `slack` are request_ttl and touch_every.
    def visit(topic, id, navigation:)
      refused = full(topic, id) and return refused
      room = @rooms[topic]
      person = room.people[id]
      came = person.nil?
      return false if !navigation && person && (person.sessions.any? || person.place.lingers > @now)

      person ||= room.arrive(id, @wall)
      place = (person.place ||= Place.new(session: nil, meta: {}, lingers: 0, asked: 0))
      ends = @now + @rules[:request_ttl]
      place.asked = ends if place.ends.zero? || place.ends + @rules[:touch_every] <= ends
      @last_seen[[topic, id]] = @wall
      came
    end

    private

    def live(topic, id, session) = @rooms[topic].people[id]&.sessions&.[](session)

    def full(topic, id)
      people = @rooms[topic].people
      return if people.key?(id)
      return Limit.new(:max_members_per_topic) if people.size >= @rules[:max_members_per_topic]

      active = @rooms.values.count { |room| room.people.any? }
      Limit.new(:max_topics) if people.empty? && active >= @rules[:max_topics]
    end

    def bytes(person, session, meta)
      others = person ? person.sessions.except(session).values.map(&:meta) : []
      # Text that can stand in a page: these take six bytes each.
      [*others, meta].sum { |it| JSON.generate(it).gsub(/[<>&]/, "\\u0000").bytesize }
    end
  end
end
