# frozen_string_literal: true

class RacesController < ApplicationController
  COUNTDOWN = 3 # seconds

  before_action :find_race, except: :create

  def create
    redirect_to race_path(Race.create), status: :see_other
  end

  def show; end

  def bot
    BotJob.perform_later(@race.id)
    head :accepted
  end

  # `now` goes along, so that pages whose clocks are wrong start at the same moment.
  def start
    return head :forbidden unless @race.presence_topic.online?(current_player)

    now = Time.now.to_f
    @race.presence_topic.emit("start", { now:, at: now + COUNTDOWN })
    head :accepted
  end

  private

  def find_race
    @race = Race.find(params[:id]) or raise ActionController::RoutingError, "There is no race #{params[:id].inspect}"
  end
end
