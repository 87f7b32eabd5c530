# frozen_string_literal: true

require_relative "model"
require_relative "follower"

module ModelSpec
  # Plays a history against the registry and against the model, and compares all that can be read after each call.
  class Player
    # Registry and model part.
    class Mismatch < StandardError; end

    WALL = 1_790_000_000_000

    # @return [String, nil] what is wrong, if anything is
    def self.play(history)
      new(history).play
      nil
    rescue Mismatch, Follower::Gap => e
      e.message
    end

    def initialize(history)
      @history = history
      @clock = PresenceRs::ManualClock.new(Time.at(0, WALL, :millisecond))
      @registry = PresenceRs::Registry.new(clock: @clock, **Rules.options(history.rules))
      @model = Model.new(history.rules, TOPICS, WALL)
      @follower = Follower.new
      @events = []
      @registry.subscribe { |diff| take(diff) }
      @registry.on { |event| @events << event }
    end

    def play
      @history.calls.each_with_index do |call, index|
        @call = "call #{index + 1}, #{call}"
        make(call)
        compare
      end
    ensure
      @registry.close
    end

    private

    def make(call)
      case call.kind
      when :advance then advance(call.options[:by])
      when :wall then set_wall(call.options[:by])
      when :tick then tick
      when :snapshot then snapshot(call.topic)
      when :leave_all then same("the answer", @registry.leave_all(call.id), @model.leave_all(call.id))
      else same("the answer", answer(call), @model.public_send(call.kind, call.topic, call.id, **call.options))
      end
    end

    def answer(call)
      @registry[call.topic].public_send(call.kind, call.id, **call.arguments)
    rescue PresenceRs::LimitExceeded => e
      Model::Limit.new(e.limit)
    end

    def advance(milliseconds)
      @clock.advance(milliseconds / 1_000.0)
      @model.advance(milliseconds)
    end

    def set_wall(by)
      @clock.time += by / 1_000
      @model.set_wall(by)
    end

    # All that is pending goes out, whatever `coalesce` says; nothing is pending afterwards.
    def tick
      pending = @model.rooms.select { |_, room| room.pending? }.keys
      same("the topics of the diffs", @registry.tick.map(&:topic).sort, pending.sort)
    end

    # Publishes what is pending first, where the window allows it.
    def snapshot(topic)
      room = @model.rooms[topic]
      publishes = room.pending? && room.window_open?(@model.now)
      snapshot = @registry[topic].snapshot
      fail_with("a snapshot left a diff untaken: #{room.net}") if publishes && room.pending?
      told = room.told.values.sort_by { |it| [it[:joined_at], it[:id].b] }
      same("the snapshot", snapshot.members.map { |it| shown(it) }, told)
      same("its position", [snapshot.epoch, snapshot.version, snapshot.count], [room.epoch, room.version, told.size])
      json = JSON.parse(@registry[topic].to_json)
      same("its JSON", json["members"].to_h { |it| [it["id"], it] }, @follower[topic]["members"])
      same("its JSON's position", json.values_at("epoch", "version"), @follower[topic].values_at("epoch", "version"))
    end

    # What `subscribe` blocks get, one diff after the other.
    def take(diff)
      room = @model.rooms[diff.topic]
      net = room.net
      taken = { joins: diff.joins.map { |it| shown(it) }, updates: diff.updates.map { |it| shown(it) },
                leaves: diff.leaves.map { |it| [it.id, it.reason] } }
      same("the diff", sorted(taken), sorted(net.merge(leaves: net[:leaves].map { |it, reason| [it[:id], reason] })))
      same("its from", diff.from, room.version)
      # What a handler of this registry raises would be reported and go on: so it is kept, and raised in #compare.
      room.tell(diff.epoch, @model.now)
      @follower.apply(diff.to_json)
    rescue Mismatch, Follower::Gap => e
      @broken ||= e
    end

    def sorted(changes) = changes.transform_values { |list| list.sort_by(&:inspect) }.sort

    def compare
      raise @broken if @broken

      compare_events
      @model.rooms.each do |topic, room|
        compare_topic(@registry[topic], room)
        compare_follower(topic, room)
      end
      active = @model.rooms.select { |_, room| room.people.any? }.keys
      same("registry.topics", @registry.topics, active.sort)
    end

    # `on` handlers get each member's joins and leaves in turn.
    def compare_events
      @here ||= {}
      @events.shift(@events.size).each do |event|
        key = [event.topic, event.id]
        same("whether #{event.id} was told to be there at #{event.type}", @here.key?(key), event.type != :join)
        event.type == :leave ? @here.delete(key) : @here[key] = event.metas
      end
    end

    def compare_topic(topic, room)
      list = room.list
      who = MEMBERS.select { |id| room.people.key?(id) }
      same("online?", MEMBERS.select { |id| topic.online?(id) }, who)
      same("online", topic.online(MEMBERS), who)
      MEMBERS.each do |id|
        same("member(#{id.inspect})", topic.member(id) && shown(topic.member(id)), room.people[id]&.shown)
        seen = @model.last_seen[[topic.name, id]]
        same("last_seen_at(#{id.inspect})", topic.last_seen_at(id), seen && Time.at(0, seen, :millisecond))
      end
      same("members", topic.members.map { |it| shown(it) }, list)
      same("ids", topic.ids, list.map { |it| it[:id] })
      same("count", topic.count, list.size)
    end

    # Whoever only applies the diffs shows what was told so far, whether anything is pending or not.
    def compare_follower(topic, room)
      state = @follower[topic]
      list = state["members"].values.to_h { |it| [it["id"], [(it["joined_at"] * 1_000).round, it["metas"]]] }
      same("the follower's list of #{topic}", list, room.told.transform_values { |it| it.values_at(:joined_at, :metas) })
      same("its position", state.values_at("epoch", "version"), [room.epoch, room.version])
    end

    def shown(member)
      { id: member.id, joined_at: (member.joined_at.to_r * 1_000).to_i, metas: member.metas, sessions: member.sessions }
    end

    def same(what, is, should)
      fail_with("#{what} is #{is.inspect}, the model says #{should.inspect}") unless is == should
    end

    def fail_with(message)
      raise Mismatch, "#{@call}: #{message}"
    end
  end
end
