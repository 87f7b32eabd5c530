# frozen_string_literal: true

class HttpController < ApplicationController
  def show; end
end
