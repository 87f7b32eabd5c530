# frozen_string_literal: true

class LobbyController < ApplicationController
  def show; end
end
