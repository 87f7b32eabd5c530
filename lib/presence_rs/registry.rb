# frozen_string_literal: true

module PresenceRs
  # Every topic of a process, with its handlers and its ticker. `PresenceRs.registry` is the
  # process's; a test makes its own, with a clock to move.
  #
  # @example
  #   registry = PresenceRs::Registry.new(ttl: 30, clock: PresenceRs::ManualClock.new)
  #   registry["lobby"].join("ada") # => true
  class Registry
    # So many topics' snapshots are kept as Ruby Strings, to be given out again unchanged.
    SNAPSHOTS = 64
    private_constant :SNAPSHOTS
    # So many seconds a process that exits waits for its handlers.
    EXIT_PATIENCE = 3
    private_constant :EXIT_PATIENCE

    # @api private
    attr_reader :config, :store, :direct, :ttl_ms

    # @param config [Configuration, nil]
    # @param clock [ManualClock, nil] a clock to move by hand: then nothing ticks by itself
    # @param options [Hash] settings, as {Configuration} names them
    # @raise [ConfigurationError]
    def initialize(config = nil, clock: nil, **options)
      PresenceRs.main_ractor!
      raise ConfigurationError, "clock is a PresenceRs::ManualClock; got #{clock.inspect}" unless clock.nil? || clock.is_a?(ManualClock)

      @config = (config ? config.dup : Configuration.new(**options)).check.freeze
      # The process's own may change later, so it is looked up when there is something to report.
      @on_error = @config.on_error unless config
      @clock = clock
      @manual = !clock.nil?
      @ttl_ms = @config.ttl_ms
      @store = Stores.build(@config, clock)
      # A store in this process, whose calls about one member need nothing prepared.
      @direct = @store if @store.respond_to?(:try_touch)
      @subscriptions = []
      @snapshots = {}
      @ticker = Ticker.new(self)
      @dispatching = Monitor.new
      ForkHook.add(self)
    end

    # @param topic [String, Symbol, #to_gid_param]
    # @return [Topic]
    # @raise [InvalidName]
    def [](topic) = Topic.new(self, Names.topic(topic))
    alias topic []

    # @return [Topic] the topic of the whole site
    def default_topic = @default_topic ||= self[@config.default_topic]

    # @return [Array<String>] the names of the topics that have members, sorted
    def topics = @store.topics

    # @param topic [String, Symbol, nil] nil: everywhere
    # @return [Boolean] whether this took them offline
    def leave_all(user, topic: nil)
      topic &&= Names.topic(topic)
      member = Names.utf8(Names.member(user, member_id), "member")
      # First, so that no heartbeat that is under way can bring them back.
      @hub&.revoke(topic, member)
      PresenceRs.instrument("leave.presence_rs", { topic:, member: }) { @store.leave_all(topic, member) }
    end

    # Calls a block for each net change, in the process that took the diff, once at most.
    #
    # @param types [Array<Symbol>] of `:join`, `:leave`, `:update`; none: all
    # @param topic [String, Regexp, nil] in a String `*` stands for anything
    # @yieldparam event [Event]
    # @return [Subscription] with `cancel`
    # @example
    #   PresenceRs.on(:leave, topic: "room:*") { |event| puts "#{event.id} left #{event.topic}" }
    def on(*types, topic: nil, &block)
      raise ArgumentError, "on needs a block" unless block

      filter = Event::Filter.new(types, topic)
      name = "on(#{types.map(&:inspect).join(", ")})"
      handler = Subscription.new(name, report: method(:report), inline: @manual, wants: :own?) { |diff| handler.each_event(filter, diff, &block) }
      add(handler)
    end

    # Calls a block for every diff, in every process that shares the store, each topic's in order.
    # One that fell too far behind gets a diff with `reset?` and the whole list instead.
    #
    # @yieldparam diff [Diff]
    # @return [Subscription] with `cancel`
    def subscribe(&block)
      raise ArgumentError, "subscribe needs a block" unless block

      @store.watch(nil) if @store.respond_to?(:watch)
      add(Subscription.new("subscribe", report: method(:report), inline: @manual, reset: method(:reset_diff), &block))
    end

    # @api private
    def follow(&) = @feed = add(Subscription.new("hub", report: method(:report), inline: @manual, reset: method(:reset_diff), &))

    # @api private
    # @return [Array<Subscription>] those of the application
    def handlers = @subscriptions.reject { |subscription| subscription.equal?(@feed) }

    # Has a handler of another registry called for the diffs of this one too, for as long as that one stands: the registry
    # of a test knows those that the application's initializers have registered.
    # @api private
    def borrow(handler) = add(handler.twin(inline: @manual))

    # Has the diffs of a topic brought here whoever takes them, where processes share the store. Those of topics that
    # no socket follows are given up again.
    # @raise [StoreUnavailable]
    # @api private
    def watch(topic)
      @store.watch(topic) { hub.topics } if @store.respond_to?(:watch)
    end

    # @raise [StoreUnavailable] what was brought here may be out of date
    # @api private
    def assure
      @store.assure if @store.respond_to?(:assure)
    end

    # Hands an event to whoever serves the sockets of its topic, in whatever process. Where the store has no way for
    # events, it has this process alone.
    # @param emission [Emission]
    # @raise [StoreUnavailable]
    # @api private
    def emit(emission)
      return @hub&.events&.push(emission) unless @store.respond_to?(:emit)

      @store.emit(emission.topic, emission.pack)
      dispatch if @manual
    end

    # Has events brought here whoever emits them, where processes share the store.
    # @api private
    def listen
      @store.listen(self) if @store.respond_to?(:listen)
    end

    # An event has come here. Who was sent away before it was sent does not get it; but an event waits for no diffs that
    # another thread hands on, nor does the thread that brings it.
    # @param text [String] of {Emission#pack}
    # @api private
    def hear(text)
      return unless @hub

      if @dispatching.try_enter
        begin
          deliver(drain)
        ensure
          @dispatching.exit
        end
      end
      @hub.events.push(Emission.unpack(text))
    end

    # Events did not come here, since they were too many.
    # @param count [Integer]
    # @api private
    def missed(count)
      @hub&.events&.drop(count)
    end

    # @return [Integer] events that this process has dropped for sockets, or missed, since they were too many or too slow
    #   to be read
    def dropped_events = @hub ? @hub.events.dropped : 0

    # Expires and publishes all that is pending, whatever `coalesce` says.
    # @return [Array<Diff>] what this call has published
    def tick
      @dispatching.synchronize do
        before = drain
        Thread.pass until @store.tick(true)
        taken = drain
        deliver(before + taken)
        taken.select { |item| item.is_a?(Diff) && item.own? }
      end
    end

    # Ends the ticker and, after what is pending was published and handled, every subscription.
    # @return [void]
    def close
      return if @closed

      @closed = true
      @ticker.stop
      finish
      @subscriptions.dup.each(&:cancel)
      @store.close
      nil
    end

    # Tells whoever should know of an error that has no caller: see {PresenceRs.report}. A registry that was given an
    # `on_error` of its own asks that one.
    # @api private
    # @return [void]
    def report(error, context = {}) = PresenceRs.report(error, context, *[@on_error].compact)

    # @api private
    def hub = @hub || @dispatching.synchronize { @hub ||= Hub.new(self) }

    # @api private
    def member_id = @config.member_id

    # @api private
    # @return [Boolean] whether the clock is moved by hand, so that nothing happens by itself
    def manual? = @manual

    # @api private
    # @return [Float] seconds on the clock that lifetimes are measured on
    def now = @clock ? @clock.monotonic : Process.clock_gettime(Process::CLOCK_MONOTONIC)

    # @api private
    # @return [Snapshot]
    def snapshot(topic, sample: false)
      key = [topic, sample]
      known = @snapshots[key]
      found = @store.snapshot(topic, sample, known)
      unless found.equal?(known)
        @snapshots.delete(key)
        @snapshots.shift while @snapshots.size >= SNAPSHOTS
        @snapshots[key] = found
      end
      dispatch if @manual
      found
    end

    # @api private
    # @param after [String, nil]
    # @param limit [Integer]
    # @return [Page]
    def page(topic, after, limit)
      return Page.cut(snapshot(topic), after, limit) unless @store.respond_to?(:page)

      @store.page(topic, after, limit).tap { dispatch if @manual }
    end

    # @api private
    def position(topic)
      @store.position(topic).tap { dispatch if @manual }
    end

    # Where a store that processes share is now: what begins with this, and joins with it, does not come back after its
    # member was sent away by another process, even before this one has heard of that.
    # @return [Integer, nil] nil where the store does not tell, or not now
    # @api private
    def mark
      @store.mark if @store.respond_to?(:mark)
    rescue StoreUnavailable
      nil
    end

    # Hands on the diffs taken so far, each topic's in order.
    # @api private
    def dispatch
      return if @dispatching.mon_owned? # a handler that reads: the call around it goes on

      @dispatching.synchronize { deliver(drain) }
    end

    # Starts the ticker where there is none, unless time is moved by hand.
    # @api private
    def ensure_ticking
      return if @ticking || @manual || @closed

      @ticking = true
      @ticker.start
    end

    # @api private
    def revive_ticker
      @ticking = false
      return if @closed

      report(Error.new("the ticker's thread was killed; it was started again"))
      ensure_ticking
    end

    # @api private
    def after_fork
      @dispatching = Monitor.new
      @ticking = false
      @snapshots = {}
      @ticker.after_fork
      @store.after_fork
      @hub&.after_fork
      @subscriptions.each(&:after_fork)
      ensure_ticking if @subscriptions.any?
    end

    # A registry changes all the time. Without this, `Ractor.make_shareable(topic)` would freeze it, and then fail.
    # @raise [Error] always
    def freeze
      raise Error, "a registry, and so a topic, cannot be frozen or shared between Ractors: pass answers on instead"
    end

    # @return [String]
    def inspect = "#<PresenceRs::Registry #{@store.class.name} topics=#{topics.size}>"

    private

    def initialize_copy(_other)
      raise Error, "a registry, and so a topic, cannot be copied or sent to another Ractor: pass answers on instead"
    end

    def add(subscription)
      @subscriptions += [subscription]
      subscription.on_cancel { |ended| @subscriptions -= [ended] }
      ensure_ticking
      subscription
    end

    def drain = @store.drain

    # Until nothing is left: what handlers cause meanwhile comes after what they were called for.
    def deliver(diffs)
      until diffs.empty?
        diffs.each { |diff| hand_on(diff) }
        diffs = drain
      end
    end

    def hand_on(diff)
      return @hub&.revoke(diff.topic, diff.member, diff.mark) if diff.is_a?(Revocation)
      return @hub&.events&.push(diff) if diff.is_a?(Emission)

      @subscriptions.each { |subscription| subscription.push(diff) if subscription.wants?(diff) }
    end

    def reset_diff(topic) = Diff::Reset.new(snapshot(topic), snapshot(topic, sample: true), Time.now)

    def finish
      deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + EXIT_PATIENCE
      publish_the_rest
      dispatch
      @subscriptions.each { |subscription| subscription.finish(deadline) }
    rescue StandardError => e
      report(e, while: "closing the registry")
    end

    # What was taken before is handled even where the store is away now.
    def publish_the_rest
      Thread.pass until @store.tick(true)
    rescue StandardError => e
      report(e, while: "closing the registry")
    end
  end
end
