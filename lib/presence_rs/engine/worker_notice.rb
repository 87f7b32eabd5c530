# frozen_string_literal: true

module PresenceRs
  class Engine < Rails::Engine
    # In a server of several processes the memory store shows every process its own
    # members only: people would see each other or not, as their requests fall. This says so,
    # once at boot.
    #
    # @api private
    module WorkerNotice
      class << self
        # @param serving [Boolean] whether this process is known to be a server's
        # @return [void]
        def say_if_due(serving: false)
          return if @said || !memory_store? || !first_worker?

          count = workers(serving)
          return unless count > 1

          @said = true
          warn(message(count))
        end

        private

        def memory_store?
          Array(PresenceRs.configuration.store).first == :memory
        end

        # Without preload_app each worker boots the app, and the first one speaks for all. Puma
        # has named the process by then.
        def first_worker?
          index = $PROGRAM_NAME[/\Apuma: cluster worker (\d+)/, 1]
          index.nil? || index == "0"
        end

        # The `puma` command shows what it was configured with, whatever boots the app.
        # `rails server` boots the app before it reads Puma's configuration.
        def workers(serving)
          puma = ::Puma.cli_config if defined?(::Puma) && ::Puma.respond_to?(:cli_config)
          return puma.options[:workers].to_i if puma

          serving ? ENV["WEB_CONCURRENCY"].to_i : 0
        end

        def message(count)
          "presence_rs: #{count} workers, and the store is :memory: each worker knows only the people whose requests " \
            "and sockets it serves itself, so lists will differ. Run one process with more threads (`workers 0` in " \
            "config/puma.rb, WEB_CONCURRENCY=0), or set config.presence_rs.store to one that processes share#{shared_stores}."
        end

        def shared_stores
          names = Stores::BY_NAME.keys - [:memory]
          names.empty? ? "" : " (#{names.map(&:inspect).join(" or ")})"
        end
      end
    end
  end
end
