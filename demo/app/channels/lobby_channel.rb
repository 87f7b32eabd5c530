# frozen_string_literal: true

# Everybody on the site, each with the race that is open in that tab of theirs, if any.
class LobbyChannel < ApplicationCable::Channel
  include PresenceRs::Channel

  def subscribed
    race = Race.find(params[:race])
    track_presence "online", as: current_player, meta: { name: current_player.name, race: race&.id }.compact
  end
end
