# frozen_string_literal: true

module SharedSpec
  # Which process keeps which member alive, and until when it is killed.
  class Lives
    Keeper = Struct.new(:worker, :since)

    # @param ttl [Numeric] seconds
    def initialize(ttl)
      @ttl = ttl
      @keepers = {}
      @ends = {}
    end

    # Five members of a process. Where it cannot write, its heartbeats bring them later, and that is not counted, as
    # somebody else may have come and gone by that name before.
    def keep(worker, name)
      5.times do |n|
        member = ["room:#{n % 2}", "#{name}-#{n}"]
        since = Waiting.now
        @keepers[member] = Keeper.new(worker, since) unless worker.ask("keep", *member, "tab").nil?
      end
    end

    def kill(worker)
      @ends[worker] = Waiting.now
      worker.kill
    end

    # @param diffs [Array<Hash>] with when each was heard, on the same monotonic clock
    # @return [Array<Hash>] the leaves of members whose process was there and spoke for them
    def lost(diffs)
      diffs.flat_map do |diff|
        diff["leaves"].select { |leave| speaks?(@keepers[[diff["topic"], leave["id"]]], diff["heard_at"]) }
      end
    end

    private

    # One that did not get to speak for so long, on a busy machine, may rightly be taken for gone.
    def speaks?(keeper, at)
      return false if keeper.nil? || at > @ends.fetch(keeper.worker, Float::INFINITY)

      [keeper.since, *keeper.worker.beats.select { |beat| beat.between?(keeper.since, at) }, at].each_cons(2).all? { |a, b| b - a < @ttl / 2.0 }
    end
  end
end
