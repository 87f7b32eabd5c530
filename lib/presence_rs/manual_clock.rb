# frozen_string_literal: true

module PresenceRs
  # A clock that only moves when told to, for tests: a registry with one never ticks by itself,
  # and its handlers run inside the call that publishes.
  #
  # @example
  #   registry = PresenceRs::Registry.new(ttl: 30, clock: clock = PresenceRs::ManualClock.new)
  #   registry["lobby"].join("ada")
  #   registry.tick.first.joins.map(&:id)  # => ["ada"]
  #   clock.advance(31)
  #   registry.tick.first.leaves.map(&:id) # => ["ada"]
  class ManualClock
    # @param time [Time] what its wall clock shows at first, in whole ms
    def initialize(time = Time.now)
      PresenceRs.main_ractor!
      @native = Native::Clock.new(time.to_r.floor(3) * 1_000_000_000)
    end

    # Lets time pass, on the monotonic and on the wall clock.
    # @param seconds [Numeric, ActiveSupport::Duration] 0 or more
    # @return [self]
    def advance(seconds)
      number = Settings.seconds(seconds)
      raise ArgumentError, "time passes forwards: give 0 or more seconds, got #{seconds.inspect}" unless number && number >= 0

      @native.advance((number * 1_000_000_000).round)
      self
    end

    # @return [Time] what its wall clock shows
    def time = Time.at(0, @native.wall, :nanosecond)
    alias now time

    # Sets the wall clock, as an administrator would; no lifetime changes by that.
    # @param time [Time]
    def time=(time)
      @native.wall = time.to_r.floor(3) * 1_000_000_000
    end

    # @return [Float] seconds on its monotonic clock
    def monotonic = @native.monotonic / 1_000_000_000.0

    # @api private
    attr_reader :native
  end
end
