# frozen_string_literal: true

# Everybody in a race, with how far they are. That is said by their pages, through
# `presence.update`; what they are called is not theirs to say.
class RaceChannel < ApplicationCable::Channel
  include PresenceRs::Channel

  def subscribed
    race = Race.find(params[:id]) or return reject

    track_presence race.presence_topic.name, as: current_player,
                                             meta: { name: current_player.name, progress: 0, wpm: 0 },
                                             permit: %i[progress wpm seconds camera],
                                             events: %i[cheer signal]
  end

  # A cheer names the lane it is for, and nothing else. Signals are between two pages that have their cameras on.
  def presence_event(name, data, to:)
    return data unless name == "cheer"

    to.nil? && data["lane"].is_a?(String) ? data.slice("lane") : false
  end
end
