# frozen_string_literal: true

require_relative "../../model/support/follower"

# A registry that is used hard, with somebody who only hears of its diffs: whatever is done to it meanwhile, both have
# to agree in the end.
class HardUse
  TOPICS = %w[lobby room:1 room:2].freeze
  PEOPLE = Array.new(20) { |n| "person-#{n}" }.freeze
  SESSIONS = %w[s1 s2].freeze

  attr_reader :registry, :broken

  def initialize(**options)
    @registry = PresenceRs::Registry.new(coalesce: 0.005, max_coalesce: 0.005, **options)
    @follower = ModelSpec::Follower.new
    @broken = []
    @registry.subscribe { |diff| apply(diff) }
  end

  # One call, whatever comes.
  def call(random = Random)
    room = @registry[TOPICS.sample(random:)]
    id = PEOPLE.sample(random:)
    session = SESSIONS.sample(random:)
    case random.rand(12)
    when 0..3 then room.join(id, session:, meta: { n: random.rand(3) })
    when 4 then room.touch(id, session:)
    when 5 then room.update(id, session:, meta: { typing: true })
    when 6, 7 then room.leave(id, session:)
    when 8 then room.leave(id, session:, linger: 0.01)
    when 9 then @registry.leave_all(id)
    when 10 then [room.count, room.online?(id), room.ids, room.online(PEOPLE), room.member(id), room.last_seen_at(id)]
    else [room.snapshot.count, room.members.size, @registry.topics]
    end
  end

  # @return [Boolean] whether the diffs add up to what the registry shows
  def settled?
    raise @broken.first if @broken.any?

    @registry.tick
    TOPICS.all? do |name|
      state = JSON.parse(@registry[name].to_json)
      followed = @follower[name]
      state.values_at("epoch", "version") == followed.values_at("epoch", "version") &&
        state["members"].to_h { |member| [member["id"], member] } == followed["members"] &&
        state["members"].map { |member| member["id"] }.sort == @registry[name].ids.sort &&
        state["count"] == @registry[name].count
    end
  end

  private

  # Kept for the example: what a block raises is reported, and goes on.
  def apply(diff)
    @follower.apply(diff.to_json)
  rescue StandardError => e
    @broken << e
  end
end
