# frozen_string_literal: true

# Drawn into the application's import map, before its own config/importmap.rb, which may pin
# these names otherwise.
pin "presence_rs", to: "presence_rs.js", preload: false
pin "presence_rs/elements", to: "presence_rs/elements.js", preload: false
pin "presence_rs/peers", to: "presence_rs/peers.js", preload: false
pin "@rails/actioncable", to: "actioncable.esm.js", preload: false if defined?(ActionCable::Engine)
