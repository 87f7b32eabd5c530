# frozen_string_literal: true

require "rails/generators"
require_relative "install/page"
require_relative "install/edits"

module PresenceRs
  # Rails looks for `presence_rs:install` here.
  module Generators
    # Sets an app up: `bin/rails generate presence_rs:install`. It makes what is missing, leaves alone what is there, and so
    # does no harm when it is run again.
    #
    # @example With a channel to begin with
    #   bin/rails generate presence_rs:install --channel Room
    class InstallGenerator < ::Rails::Generators::Base
      include Install::Edits
      include Install::Page

      source_root File.expand_path("install/templates", __dir__)

      desc "Sets presence_rs up: an initializer, the page's module, and with --channel a channel. What is there is left alone."

      class_option :javascript, type: :string, enum: %w[importmap bundler pipeline none skip],
                                desc: "How pages get their modules; found out where it is left out. skip: nothing for pages"
      class_option :channel, type: :string, banner: "Room", desc: "Makes a channel of that name, and a tag that shows who is there"
      class_option :npm, type: :string, banner: "VERSION", default: "^#{VERSION}",
                         desc: "What package.json asks for; `--npm gem` takes the module out of this gem's directory"

      # The names of its tasks are what Thor calls, in this order.

      # @api private
      def create_initializer
        create "initializer.rb", "config/initializers/presence_rs.rb"
      end

      # @api private
      def create_channel
        return unless channel

        create "channel.rb", "app/channels/#{channel.underscore}_channel.rb"
        return if behavior == :revoke # other channels stand on the rest

        create "application_cable/channel.rb", "app/channels/application_cable/channel.rb"
        create_connection
      end

      # @api private
      def set_up_page
        send(:"set_up_#{javascript}")
      end

      # @api private
      def say_what_is_left
        say "\npresence_rs: config.identify in config/initializers/presence_rs.rb says who makes a request. Look at it first."
        return unless channel && javascript != "skip"

        say "Then put <#{element} room=\"1\"></#{element}> into a view."
      end

      private

      CONNECTION = "app/channels/application_cable/connection.rb"
      private_constant :CONNECTION

      # New apps have an empty one, and one that identifies somebody is the app's.
      def create_connection
        return create "application_cable/connection.rb", CONNECTION unless there?(CONNECTION)
        return say_status(:exist, CONNECTION, :blue) if contents(CONNECTION).match?(/^\s*(identified_by :current_user\b|def connect\b)/)

        insert_into_file CONNECTION, identification, after: /^ *class Connection\b.*\n/
      end

      # What the template has between its class and its end.
      def identification
        File.read(find_in_source_paths("application_cable/connection.rb")).lines.then { |lines| lines[2..-3] }.join
      end

      # "RoomChannel", "room" and "Room" mean the same.
      def channel
        name = options[:channel]&.delete_suffix("Channel")&.camelize
        return name if name.nil? || name.match?(/\A[A-Z]\w*(::[A-Z]\w*)*\z/)

        raise Thor::Error, "--channel is the name of a class, like Room; got #{options[:channel].inspect}"
      end

      # The tag of the example: custom elements have a dash in their name.
      def element = "#{channel.demodulize.underscore.dasherize}-presence"

      # What says who is signed in, as far as can be seen.
      def identify
        if there?("config/initializers/devise.rb") then 'request.env["warden"]&.user'
        elsif there?("app/models/session.rb") && there?("app/controllers/concerns/authentication.rb")
          "Session.find_by(id: request.cookie_jar.signed[:session_id])&.user_id"
        else "request.session[:user_id]"
        end
      end
    end
  end
end
