# frozen_string_literal: true

module ModelSpec
  # Live before `ends`.
  Session = Struct.new(:meta, :ttl, :ends, keyword_init: true)

  # What keeps somebody online without a live session: one that lingers, or page requests until `asked`.
  Place = Struct.new(:session, :meta, :lingers, :asked, keyword_init: true) do
    def ends = [lingers, asked].max
  end

  # Somebody on a topic; a Hash keeps the order of joins.
  Person = Struct.new(:id, :joined_at, :sessions, :place, keyword_init: true) do
    def online? = sessions.any? || !place.nil?

    def metas = sessions.any? ? sessions.values.map(&:meta) : [place.meta]

    # As reads and diffs show them.
    def shown = { id:, joined_at:, metas:, sessions: sessions.size }
  end

  # A topic: who is there, and what was told of it.
  class Room
    attr_reader :people, :told, :epoch, :version, :reasons

    def initialize(rules)
      @rules = rules
      @people = {}
      @told = {}
      @reasons = {}
      @epoch = ""
      @version = 0
      @last_diff = nil
    end

    # Whoever left and comes back before that was told has never been away.
    def arrive(id, wall)
      joined_at = @told.dig(id, :joined_at) || wall
      @people[id] = Person.new(id:, joined_at:, sessions: {}, place: nil)
    end

    def depart(id, reason)
      @reasons[id] = reason
      @people.delete(id)
      true
    end

    # Lets end what is over, one moment after the other.
    def pass(now)
      loop do
        moment = @people.values.flat_map { |person| ends(person) }.min
        break if moment.nil? || moment > now

        @people.values.each { |person| pass_one(person, moment) }
      end
    end

    def list = @people.values.map(&:shown).sort_by { |it| [it[:joined_at], it[:id].b] }

    # The net change since the last diff.
    def net
      now = @people.transform_values(&:shown)
      { joins: now.values.reject { |it| @told.key?(it[:id]) },
        leaves: @told.values.reject { |it| now.key?(it[:id]) }.map { |it| [it, @reasons[it[:id]]] },
        updates: now.values.select { |it| @told.key?(it[:id]) && @told[it[:id]][:metas] != it[:metas] } }
    end

    def pending? = net.values.any?(&:any?)

    def window_open?(now) = @last_diff.nil? || now >= @last_diff + @rules[:coalesce]

    # All of it was told, at this moment and in this epoch.
    def tell(epoch, now)
      net = self.net
      net[:leaves].each { |it, _| @told.delete(it[:id]) }
      (net[:joins] + net[:updates]).each { |it| @told[it[:id]] = it }
      @reasons.clear
      @last_diff = now
      @epoch, @version = @told.empty? ? ["", 0] : [epoch, @version + 1]
    end

    private

    def ends(person) = person.sessions.values.map(&:ends) + [person.place&.ends].compact

    def pass_one(person, moment)
      over = person.sessions.select { |_, session| session.ends <= moment }
      over.each_key { |name| person.sessions.delete(name) }
      person.place = nil if person.place && person.place.ends <= moment
      if !person.online?
        depart(person.id, over.any? ? :expired : :left)
      elsif over.any? && person.sessions.empty?
        # A page that was asked for takes over, and shows what the last session showed.
        name, last = over.to_a.last
        person.place.session = name
        person.place.meta = last.meta
      end
    end
  end
end
