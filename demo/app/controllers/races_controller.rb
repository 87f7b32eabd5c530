# frozen_string_literal: true

class RacesController < ApplicationController
  before_action :find_race, except: :create

  def create
    redirect_to race_path(Race.create), status: :see_other
  end

  def show; end

  def bot
    BotJob.perform_later(@race.id)
    head :accepted
  end

  private

  def find_race
    @race = Race.find(params[:id]) or raise ActionController::RoutingError, "There is no race #{params[:id].inspect}"
  end
end
