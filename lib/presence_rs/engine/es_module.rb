# frozen_string_literal: true

require "digest"

module PresenceRs
  class Engine < Rails::Engine
    # A Rack app that serves one ES module, or our style sheet, for apps without an asset pipeline.
    #
    # @api private
    class EsModule
      # The modules of this gem, by the path that follows app/assets/javascripts.
      OURS = %w[presence_rs.js presence_rs/elements.js presence_rs/peers.js].freeze

      # The style sheet of the tags.
      STYLE = "presence_rs.css"

      TYPES = { ".js" => "text/javascript", ".css" => "text/css" }.freeze
      private_constant :TYPES

      # What a page needs: ours, and Action Cable's where that is loaded. The addresses are
      # those that `asset_path("presence_rs.js")` and `asset_path("actioncable.esm.js")` make
      # where there is no pipeline, so that a page is written the same with one and without.
      #
      # @return [Hash{String => EsModule}] by path
      def self.by_path
        engines = OURS.to_h { |name| [name, Engine] }
        engines["actioncable.esm.js"] = ActionCable::Engine if defined?(ActionCable::Engine)
        modules = engines.to_h { |name, engine| ["/#{name}", new(engine.root.join("app/assets/javascripts", name))] }
        modules.merge("/stylesheets/#{STYLE}" => new(Engine.root.join("app/assets/stylesheets", STYLE)))
      end

      # @param file [Pathname]
      def initialize(file)
        @file = file
      end

      # Rack::ConditionalGet and Rack::Head, which every Rails app has, make a 304 of it
      # and answer a HEAD. The address has no digest in it, so browsers have to ask each time.
      #
      # @return [Array(Integer, Hash, Array<String>)]
      def call(_env)
        text = @file.binread
        [200,
         { "content-type" => "#{TYPES.fetch(@file.extname)}; charset=utf-8",
           "content-length" => text.bytesize.to_s,
           "cache-control" => "public, no-cache",
           "etag" => %("#{Digest::SHA256.hexdigest(text)[0, 32]}"),
           "x-content-type-options" => "nosniff" },
         [text]]
      end
    end
  end
end
