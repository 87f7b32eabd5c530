# frozen_string_literal: true

module ApplicationCable
  class Connection < ActionCable::Connection::Base
    identified_by :current_player

    def connect
      self.current_player = Player.from_session(request.session) || reject_unauthorized_connection
    end
  end
end
