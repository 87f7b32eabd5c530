# frozen_string_literal: true

class ApplicationController < ActionController::Base
  before_action :sign_in_first

  helper_method :current_player

  private

  def current_player
    @current_player ||= Player.from_session(session)
  end

  def sign_in_first
    redirect_to new_session_path(to: request.get? ? request.path : nil) unless current_player
  end
end
