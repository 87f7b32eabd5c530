# frozen_string_literal: true

class SessionsController < ApplicationController
  skip_before_action :sign_in_first

  def new
    redirect_to root_path if current_player
    @player = Player.new
  end

  def create
    @player = Player.named(params.dig(:player, :name))
    return render :new, status: :unprocessable_entity unless @player.valid?

    reset_session
    session[Player::KEY] = @player.id
    redirect_to page_of_ours || root_path
  end

  # Every tab and every device of theirs goes at once, and nothing that is still under way from
  # one of them brings them back.
  def destroy
    PresenceRs.leave_all(current_player) if current_player
    reset_session
    redirect_to new_session_path, status: :see_other
  end

  private

  # Where they wanted to go before they signed in.
  def page_of_ours
    params[:to].to_s[%r{\A/[\w-][\w/-]*\z}]
  end
end
