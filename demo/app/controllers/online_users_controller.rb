# frozen_string_literal: true

# The old way's API: pages POST when they are loaded, and DELETE when they are left, if they are.
class OnlineUsersController < ApplicationController
  skip_before_action :sign_in_first, only: :show

  def show
    render json: OnlineUsers.all
  end

  def create
    OnlineUsers.add(current_player.id)
    head :created
  end

  def destroy
    OnlineUsers.remove(current_player.id)
    head :no_content
  end

  def destroy_all
    OnlineUsers.clear
    head :no_content
  end
end
