# frozen_string_literal: true

# As much of importmap-rails as an engine meets: its configuration, the initializer that draws the maps, and `pin`.
module Pins
  ALL = {} # rubocop:disable Style/MutableConstant

  class Engine < Rails::Engine
    config.importmap = ActiveSupport::OrderedOptions.new
    config.importmap.paths = []
    config.importmap.cache_sweepers = []

    initializer "importmap" do |app|
      paths = app.config.importmap.paths + [app.root.join("config/importmap.rb")]
      paths.each { |path| Pins.module_eval(path.read, path.to_s) }
    end
  end

  def self.pin(name, **options)
    ALL[name] = options
  end
end
