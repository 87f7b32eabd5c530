# frozen_string_literal: true

require "json"

module PresenceRs
  module Generators
    # The parts of {InstallGenerator}.
    # @api private
    module Install
      # Changes of files that were there before us: each at most once, and none where the file says already what it should.
      # @api private
      module Edits
        private

        def there?(path) = File.exist?(File.join(destination_root, path))
        def contents(path) = File.read(File.join(destination_root, path))

        # Rails' own way asks what to do with a file that has been changed since. It is the app's now.
        def create(source, path)
          return say_status(:exist, path, :blue) if behavior == :invoke && there?(path) && !options[:force]

          template source, path
        end

        # @param present [Regexp] what the file has where that was done before, by us or by hand
        def add_line(path, line, present)
          return unless there?(path)
          return say_status(:identical, path, :blue) if behavior == :invoke && contents(path).match?(present)

          separator = contents(path).empty? || contents(path).end_with?("\n") ? "" : "\n"
          append_to_file path, "#{separator}#{line}\n"
        end

        # @param before [Array<Regexp>] the first of these that the file has is what it goes in front of
        # @return [Boolean] false where it has none of them
        def insert_line(path, line, present, before)
          text = contents(path)
          return say_status(:identical, path, :blue) || true if behavior == :invoke && text.match?(present)

          place = before.filter_map { |pattern| text.index(pattern) }.min or return false
          insert_into_file path, "#{line}\n", before: text[place..].lines.first
          true
        end

        # Adds to the dependencies of package.json, in the order of their names as npm keeps them.
        def add_packages(wanted)
          return if behavior == :revoke # others may need them by now

          package = JSON.parse(contents("package.json"))
          known = package.fetch("dependencies", {}).merge(package.fetch("devDependencies", {}))
          missing = wanted.reject { |name, _| known.key?(name) }
          return say_status(:identical, "package.json", :blue) && false if missing.empty?

          package["dependencies"] = package.fetch("dependencies", {}).merge(missing).sort.to_h
          create_file "package.json", "#{JSON.pretty_generate(package)}\n", force: true
        rescue JSON::ParserError => e
          raise Thor::Error, "package.json is no JSON: #{e.message}"
        end
      end
    end
  end
end
