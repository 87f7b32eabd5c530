# frozen_string_literal: true

# Somebody to race against when nobody else is here: presence from Ruby, without a socket.
# It is gone a ttl after its last word, should the job be killed.
class BotJob < ApplicationJob
  STEP = 0.5
  STAY = 20

  def perform(race_id)
    race = Race.find(race_id)
    bot = Player.new(id: "robot:Robot", name: "Robot")
    return if race.presence_topic.online?(bot)

    type(race, bot)
    rest(race, bot)
  ensure
    race.presence_topic.leave(bot, session: "bot") if bot
  end

  private

  def type(race, bot)
    characters_a_step = rand(25..60) * 5 / 60.0 * STEP
    steps = (race.text.length / characters_a_step).ceil
    (0..steps).each do |step|
      sleep STEP if step.positive?
      show(race, bot, step.fdiv(steps), step * STEP)
      # Whoever asked for it may be here before their socket is.
      break if step.positive? && alone?(race)
    end
  end

  # `join` of a live session refreshes it and replaces its meta.
  def show(race, bot, share, seconds)
    wpm = seconds.zero? ? 0 : (race.text.length * share / 5 / (seconds / 60)).round
    meta = { name: bot.name, progress: (share * 100).floor, wpm: }
    meta[:seconds] = seconds if share >= 1
    race.presence_topic.join(bot, session: "bot", meta:)
  end

  # A touch says nothing but "still here".
  def rest(race, bot)
    (STAY / STEP).to_i.times do
      break if alone?(race)

      sleep STEP
      race.presence_topic.touch(bot, session: "bot")
    end
  end

  def alone?(race) = race.presence_topic.count < 2
end
