# frozen_string_literal: true

module PresenceRs
  module Stores
    # Members in memory that the processes of one machine share: every Puma worker, Sidekiq and a console see one
    # truth, with no server to run. It is on LMDB; what {Memory} says of the interface holds. Linux only.
    #
    # Once it is open, reads and heartbeats wait for no other process. What writes waits for another one that does, half
    # a second at most, while other threads run, and raises {StoreUnavailable} then; so does what opens it, for five
    # seconds at most, and then for some milliseconds until it gets through.
    #
    # @example config/initializers/presence_rs.rb
    #   PresenceRs.configure { |config| config.store = :shared, { path: "/dev/shm/my_app", size: 1_000_000_000 } }
    # @api private
    class Shared < (Native.const_defined?(:Shared) ? Native::Shared : Object)
      class << self
        # @param config [Configuration]
        # @param clock [ManualClock, nil]
        # @param options [Hash] `path`, `size` in bytes and `app`, as {Place} takes them
        # @return [Shared]
        # @raise [ConfigurationError] of a path that cannot be trusted or used, with what mends it
        def build(config, clock: nil, **options)
          supported
          place = Place.new(**options)
          new(Memory.native_settings(config), clock&.native, place.path, place.size, place.app)
            .tap { |store| store.start(manual: !clock.nil?) }
        end

        private

        def supported
          return if Native.const_defined?(:Shared)

          raise ConfigurationError, "the shared store needs Linux, and this is #{RUBY_PLATFORM}; " \
                                    "use config.store = :memory, or :redis"
        end
      end

      # What is wrong with the path shows here, when the application starts; what is wrong for now at its first use.
      # @param manual [Boolean] whether the clock is moved by hand, so that nothing happens by itself
      # @return [void]
      def start(manual: false)
        @manual = manual
        @ears = Ears.new(self)
        open
      rescue StoreUnavailable => e
        PresenceRs.report(e, while: "opening the shared store")
      ensure
        say
      end

      # These are no faster without the long way around them; heartbeats and `online?` are.
      # @return [nil]
      def try_join(_topic, _member, _session, _meta, _ttl) = nil

      # @return [nil]
      def try_leave(_topic, _member, _session, _linger) = nil

      # @return [nil]
      def try_online(_topic, _users) = nil

      # @return [Array] `[epoch, version, count]` of the last diff
      def position(topic)
        publish(topic)
        super
      end

      # @param sample [Boolean] only some members where the topic is large
      # @param known [Snapshot, nil] given back where nothing has changed
      # @return [Snapshot]
      def snapshot(topic, sample, known = nil)
        publish(topic)
        found = super(topic, sample, known&.epoch, known&.version || 0)
        found == true ? known : Snapshot.new(topic, *found)
      end

      # @param after [String, nil] an id
      # @param limit [Integer]
      # @return [Page]
      def page(topic, after, limit)
        publish(topic)
        Page.new(topic, *super)
      end

      # @return [Array<Diff, Revocation, Emission>] what every process of the store has taken since the last call, in order
      def drain
        say
        # Before the log is read: who was sent away before an event was emitted does not get it.
        events = @manual ? @ears.take : []
        super.map { |item| told(item) } + events
      end

      # @param topic [String]
      # @param text [String]
      # @return [void]
      # @raise [StoreUnavailable] and nobody gets it
      def emit(topic, text)
        super
      rescue ConfigurationError => e
        # Their file may be in the way of something, or of somebody else's: presence does not depend on it.
        raise StoreUnavailable, e.message
      end

      # From here on events of whatever process are told.
      # @param listener [Registry] its `hear` gets the text of each, its `missed` how many were too many
      # @return [void]
      def listen(listener) = @ears.listen(listener, threaded: !@manual)

      # A child opens the files anew, by itself; its parent's are never touched.
      # @return [void]
      def after_fork = @ears.after_fork

      # @return [void]
      def close
        @ears.close
        wake
        release
      end

      private

      # More than one transaction's worth is done in several, so that others run and write in between.
      def publish(topic)
        Thread.pass until publish_pending(topic)
      end

      def told(item)
        case item
        in String then lost(item)
        in [topic, member, mark] then Revocation.new(topic:, member:, mark:)
        in [native, own] then Diff.new(native, own ? :all : :followers)
        end
      end

      # The log was too short for as long as this process was stopped.
      def lost(topic)
        whole, state = [false, true].map { |sample| Snapshot.new(topic, *method(:snapshot).super_method.call(topic, sample, nil, 0)) }
        Diff::Reset.new(whole, state, Time.now)
      end

      def say
        messages.each { |message| PresenceRs.report(Error.new(message), store: :shared) }
      end
    end
  end
end

require_relative "shared/ears"
require_relative "shared/place"
