# frozen_string_literal: true

module PresenceRs
  module Generators
    module Install
      # How pages get at the module: four ways, told apart by the files that an app of each kind has.
      # @api private
      module Page
        LAYOUT = "app/views/layouts/application.html.erb"
        # Scripts that may be modules: an import map has to come before the first of them.
        SCRIPTS = [/^.*<%=.*\b(javascript_include_tag|javascript_importmap_tags|vite_\w+_tag|javascript_pack_tag)\b/,
                   /^.*<script\b/, %r{^.*</head>}].freeze
        # Where bundlers begin.
        ENTRIES = %w[app/javascript/application app/javascript/packs/application app/javascript/entrypoints/application
                     app/frontend/entrypoints/application].product(%w[.js .ts .jsx .tsx .mjs]).map(&:join).freeze
        ACTION_CABLE = "^7.1.0 || ^8.0.0"

        private

        def javascript
          @javascript ||= options[:javascript] || (if there?("config/importmap.rb") then "importmap"
                                                   elsif entry && there?("package.json") then "bundler"
                                                   elsif pipeline? then "pipeline"
                                                   elsif there?("app/views/layouts") then "none"
                                                   else "skip" # an API: nothing that it serves is a page
                                                   end)
        end

        # Sprockets or Propshaft.
        def pipeline? = sprockets? || (::Rails.application && ::Rails.application.config.respond_to?(:assets))

        def sprockets? = there?("app/assets/config/manifest.js")

        def entry = ENTRIES.find { |path| there?(path) }

        # The engine pins its modules, and Action Cable's.
        def set_up_importmap
          create "presence.js", "app/javascript/presence.js"
          add_line "config/importmap.rb", 'pin "presence"', %r{^\s*pin\s*\(?\s*["']presence["']|pin_all_from ["']app/javascript["']}
          import_into entry, "presence"
        end

        def set_up_bundler
          place = entry ? File.dirname(entry) : "app/javascript"
          create "presence.js", "#{place}/presence.js"
          changed = add_packages("presence_rs" => npm_version, "@rails/actioncable" => ACTION_CABLE)
          import_into entry, "./presence"
          say "Now: #{install_command}" if changed
        end

        # Modules of the app's own without a bundler, by an import map in the layout.
        def set_up_pipeline
          create "presence.js", "app/assets/javascripts/presence.js"
          link_for_sprockets if sprockets?
          add_to_layout
        end

        def set_up_none
          create "presence.js", "public/javascripts/presence.js"
          add_to_layout
        end

        def set_up_skip = say_status(:skip, "the page's module", :yellow)

        def link_for_sprockets
          add_line "app/assets/config/manifest.js", "//= link presence.js",
                   %r{^//=\s*(link\s+presence(\.js)?\s*$|link_(directory|tree)\s+\.\./javascripts\b)}
        end

        def add_to_layout
          create "_presence.html.erb", "app/views/layouts/_presence.html.erb"
          line = '    <%= render "layouts/presence" %>'
          return if there?(LAYOUT) && !other_import_map? && insert_line(LAYOUT, line, %r{layouts/presence}, SCRIPTS)

          say_status :todo, "put #{line.strip} into the head of your layout, before the first module" \
                            "#{" (and one import map of the two: browsers of 2024 and before take the first alone)" if other_import_map?}", :yellow
        end

        def other_import_map?
          there?(LAYOUT) && contents(LAYOUT).match?(/type[:=]\s*["']importmap/) && !contents(LAYOUT).include?("layouts/presence")
        end

        def import_into(path, name)
          return add_line(path, %(import "#{name}"), %r{^\s*import\s+["'](\./)?presence(\.js)?["']}) if path

          say_status :todo, %(put `import "#{name}"` into the module that your pages load), :yellow
        end

        def npm_version = options[:npm] == "gem" ? "file:#{Engine.root}" : options[:npm]

        # npm would link the gem's directory, where no bundler looks for @rails/actioncable.
        def install_command
          links = " --install-links" if package_manager == "npm" && options[:npm] == "gem"
          "#{package_manager} install#{links}"
        end

        def package_manager
          { "yarn.lock" => "yarn", "pnpm-lock.yaml" => "pnpm", "bun.lockb" => "bun", "bun.lock" => "bun" }
            .find { |lock, _| there?(lock) }&.last || "npm"
        end

        # Modules besides presence_rs itself.
        def modules = %w[presence_rs/elements presence_rs/peers].select { |name| module?(name) }

        # For the tags of views.
        def elements? = module?("presence_rs/elements")

        def module?(name) = File.exist?(Engine.root.join("app/assets/javascripts/#{name}.js"))
      end
    end
  end
end
