# frozen_string_literal: true

# Everybody in a race, with how far they are. That is said by their pages, through
# `presence.update`; what they are called is not theirs to say.
class RaceChannel < ApplicationCable::Channel
  include PresenceRs::Channel

  def subscribed
    race = Race.find(params[:id]) or return reject

    track_presence race.presence_topic.name, as: current_player,
                                             meta: { name: current_player.name, progress: 0, wpm: 0 },
                                             permit: %i[progress wpm seconds]
  end
end
