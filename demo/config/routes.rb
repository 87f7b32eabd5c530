# frozen_string_literal: true

Rails.application.routes.draw do
  root "lobby#show"
  resource :session, only: %i[new create destroy]
  resources :races, only: %i[create show] do
    post :bot, on: :member
    post :start, on: :member
  end

  # A page that only uses the HTTP API, beside the old way of doing it.
  get "http", to: "http#show"
  resource :online_users, path: "api/online_users", only: %i[show create destroy] do
    delete :all, on: :collection, action: :destroy_all
  end
end
