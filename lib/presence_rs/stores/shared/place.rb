# frozen_string_literal: true

require "digest"
require "tmpdir"

module PresenceRs
  module Stores
    class Shared
      # Where a shared store's files are, how large they may grow, and whose they are.
      # @api private
      class Place
        # Bytes that the file may grow to; it begins with 1 MB.
        SIZE = 512 * 1024 * 1024
        # Below this, not even an empty store has room to work.
        LEAST = 4 * 1024 * 1024
        # So long may the name of an application be, in bytes.
        APP = 255

        # @return [String] a directory, absolute
        attr_reader :path
        # @return [Integer] bytes
        attr_reader :size
        # @return [String] tells the applications of one machine apart
        attr_reader :app

        # @param path [String, Pathname, nil] a directory; nil: `tmp/presence` of a Rails application, else one of this
        #   user's below the directory for temporary files
        # @param size [Integer, nil] bytes that it may grow to
        # @param app [String, nil] nil: the Rails application's name
        # @raise [ConfigurationError]
        def initialize(path: nil, size: SIZE, app: nil, **unknown)
          raise ConfigurationError, "the shared store takes path, size and app; got #{unknown.keys.join(", ")}" if unknown.any?

          @app = app_name(app)
          @size = bytes(size)
          @path = path.nil? ? default_path : directory(path)
        end

        private

        def directory(path)
          path = path.to_path if path.respond_to?(:to_path)
          return File.expand_path(path) if path.is_a?(String) && !path.empty? && !path.include?("\0")

          raise ConfigurationError, "the shared store's path is a directory; got #{path.inspect}"
        end

        def bytes(size)
          return size if size.is_a?(Integer) && size.between?(LEAST, 1 << 40)

          raise ConfigurationError, "the shared store's size is a number of bytes, #{LEAST} or more; got #{size.inspect}"
        end

        def app_name(app)
          app ||= rails ? rails.class.name.to_s : ""
          return app if app.is_a?(String) && app.bytesize <= APP && !app.include?("\0")

          raise ConfigurationError, "the shared store's app is a String of at most #{APP} bytes; got #{app.inspect}"
        end

        def rails = (Rails.application if defined?(Rails) && Rails.respond_to?(:application))

        # A user's own, so that no other user's is in the way, and an application's own, where there are two of them.
        def default_path
          return make(File.join(Rails.root, "tmp"), "presence") if rails

          own = @app.empty? ? "" : "-#{Digest::SHA256.hexdigest(@app)[0, 8]}"
          make(ENV.fetch("XDG_RUNTIME_DIR", nil) || Dir.tmpdir, "presence_rs-#{Process.euid}#{own}")
        end

        def make(parent, name)
          Dir.mkdir(parent) unless Dir.exist?(parent)
          File.join(parent, name)
        rescue SystemCallError => e
          raise ConfigurationError, "the shared store cannot make #{parent} (#{e.message}): make it, or give config.store a path:"
        end
      end
    end
  end
end
