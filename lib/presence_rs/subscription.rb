# frozen_string_literal: true

module PresenceRs
  # A handler or a `subscribe` block, with a bounded queue and a thread of its own, so that a slow
  # one holds up nobody else. What `on` and `subscribe` return.
  class Subscription
    # So many diffs wait at most; those beyond are dropped, and the whole list follows instead.
    LIMIT = 10_000

    # What a block raises that is its own failure, and reported. A SyntaxError or a LoadError comes out of a constant that is
    # loaded late; others (a signal, an exit, a Timeout around the call that publishes) go on to whoever they are for.
    # @api private
    REPORTED = [StandardError, ScriptError, SystemStackError].freeze

    # @api private
    # @param name [String] for reports and the thread
    # @param inline [Boolean] run inside the call that publishes
    # @param wants [Symbol] which diffs it is for, as {Diff} knows: `:shared?` or `:own?`
    # @param reset [#call, nil] gives, for a topic, the diff that stands for those dropped
    # @param report [#call] takes an error and its context
    def initialize(name, inline:, wants: :shared?, reset: nil, report: PresenceRs.method(:report), &block)
      @name = name
      @report = report
      @wants = wants
      @inline = inline
      @reset = reset
      @block = block
      after_fork
    end

    # Ends it: the block is not called again.
    # @return [void]
    def cancel
      @cancelled = true
      @queue.close
      @on_cancel&.call(self)
      nil
    end

    # @return [Boolean]
    def cancelled? = @cancelled || false

    # @api private
    def on_cancel(&block)
      @on_cancel = block
      self
    end

    # One for another registry, which hands on to this one's block.
    # @api private
    def twin(inline:) = Subscription.new(@name, inline:, wants: @wants, report: @report) { |diff| deliver(diff) }

    # @api private
    # @param diff [Diff]
    def wants?(diff) = diff.public_send(@wants)

    # Calls a block for each event of a diff: one that raises keeps it from none of the others, and it may cancel this
    # in the middle.
    # @api private
    def each_event(filter, diff)
      filter.events(diff) do |event|
        yield event unless cancelled?
      rescue *REPORTED => e
        @report.call(e, subscription: @name, topic: event.topic, member: event.id)
      end
    end

    # Hands a diff over; from one thread at a time.
    # @api private
    def push(diff)
      return if cancelled?
      return deliver(diff) if @inline

      if @queue.size >= LIMIT || @lost.key?(diff.topic)
        lose(diff)
      else
        @queue << diff
      end
      @thread = start unless @thread&.alive?
    rescue ClosedQueueError
      nil # cancelled meanwhile
    end

    # Waits until all that is queued was handled, or until a moment of the monotonic clock.
    # @api private
    def finish(deadline)
      sleep(0.002) until idle? || Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
    end

    # The queue belongs to the parent, which works it off.
    # @api private
    def after_fork
      @queue = Thread::Queue.new
      @lost = {}
      @floor = {}
      @thread = nil
    end

    private

    # Nothing is queued, and its thread waits for more: it has come back from what it took last.
    def idle?
      cancelled? || @thread.nil? || !@thread.alive? || (@queue.empty? && @queue.num_waiting.positive? && @lost.empty?)
    end

    def lose(diff)
      return if @lost.key?(diff.topic)

      @lost[diff.topic] = true
      @report.call(Error.new("#{@name} is #{LIMIT} diffs behind: those of this topic are dropped until it has caught up"),
                   topic: diff.topic)
      @queue << :catch_up if @reset
    end

    def start
      Thread.new { run }.tap do |thread|
        thread.name = "presence_rs #{@name}"
        # Not the ticker's, which starts it: a block that computes should not go before requests.
        thread.priority = 0
      end
    end

    def run
      until cancelled?
        item = @queue.pop or return
        item == :catch_up ? catch_up : deliver_once(item)
        @lost.clear if @reset.nil? && @queue.empty?
      end
    end

    # What was queued for a topic before its reset, and is not above it, was told with it.
    def deliver_once(diff)
      epoch, version = @floor[diff.topic]
      return if epoch == diff.epoch && diff.version <= version

      @floor.delete(diff.topic) if epoch
      deliver(diff)
    end

    def catch_up
      topic, = @lost.first
      return unless topic

      # From here on new diffs are queued again, so that none is lost behind the snapshot.
      @lost.delete(topic)
      reset = @reset.call(topic)
      @floor[topic] = [reset.epoch, reset.version]
      deliver(reset)
    rescue StandardError => e
      @report.call(e, subscription: @name)
    end

    def deliver(diff)
      PresenceRs.wrap { @block.call(diff) } unless cancelled?
    rescue *REPORTED => e
      @report.call(e, subscription: @name, topic: diff.topic)
    end
  end
end
