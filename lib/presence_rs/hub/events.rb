# frozen_string_literal: true

require_relative "laggards"
require_relative "message"

module PresenceRs
  class Hub
    # Takes events to the sockets of this process: on a thread of its own, so that no diff waits for them, out of a queue
    # that is bounded. Where they are too many, the oldest are dropped, and counted. An event is encoded once, however
    # many get it.
    #
    # @api private
    class Events
      # Events that wait at most, and their bytes.
      MOST = 10_000
      # See {MOST}.
      BYTES = 16 * 1024 * 1024

      # Seconds after which a socket that was full is looked at again.
      PAUSE = 0.05

      # Sockets that are written to before other threads may go first, a fraction of a millisecond.
      TURN = 16
      # Seconds at a time, and times, that events stand back while a diff is sent: it goes first, but not for ever.
      STAND_BACK = 0.001
      # See {STAND_BACK}.
      PATIENCE = 50

      # Seconds between two reports of events that were dropped.
      REPORT_EVERY = 60

      # @return [Integer] how many were dropped
      attr_reader :dropped

      # @param hub [Hub]
      def initialize(hub)
        @hub = hub
        @inline = hub.registry.manual?
        @dropped = 0
        after_fork
      end

      # What waits is the parent's to send.
      #
      # @return [void]
      def after_fork
        @lock = Mutex.new
        @news = ConditionVariable.new
        @delivering = Monitor.new
        @queue = []
        @bytes = 0
        @laggards = Laggards.new { |count, topic| drop(count, topic) }
        @thread = nil
      end

      # @param emission [Emission]
      # @return [void]
      def push(emission)
        lost = @lock.synchronize do
          @queue << emission
          @bytes += emission.json.bytesize
          shorten.tap { @news.signal }
        end
        drop(lost, emission.topic) if lost.positive?
        @inline ? work_off : run
      end

      # Notes that events did not reach this process, or one of its sockets.
      #
      # @param count [Integer]
      # @param topic [String, nil]
      # @return [void]
      def drop(count, topic = nil)
        @lock.synchronize { @dropped += count }
        PresenceRs.instrument("event_dropped.presence_rs", { topic:, count: }) { nil }
        report
      end

      private

      def shorten
        before = @queue.size
        @bytes -= @queue.shift.json.bytesize while @queue.size > MOST || (@bytes > BYTES && @queue.size > 1)
        before - @queue.size
      end

      def report
        now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
        count = @lock.synchronize do
          next if @reported_at && now - @reported_at < REPORT_EVERY

          @reported_at = now
          @dropped - (@reported || 0)
        end
        return unless count

        @reported = @dropped
        @hub.registry.report(Error.new("#{count == 1 ? "1 event was" : "#{count} events were"} dropped: they came faster than they " \
                                       "could be sent, or pages did not read them. More are counted, and told in a minute"))
      end

      def run
        return if @thread&.alive?

        @lock.synchronize do
          next if @thread&.alive?

          @thread = Thread.new { loop { wait_and_work } }
          @thread.name = "presence_rs events"
        end
      end

      def wait_and_work
        @lock.synchronize { @news.wait(@lock, @laggards.empty? ? nil : PAUSE) if @queue.empty? }
        PresenceRs.wrap { work_off }
      rescue StandardError => e
        @hub.registry.report(e, thread: "events")
      end

      def work_off
        @delivering.synchronize do
          @laggards.catch_up(@hub.now) unless @laggards.empty?
          while (emission = take)
            deliver(emission)
          end
        end
      end

      def take
        @lock.synchronize { @queue.shift&.tap { |emission| @bytes -= emission.json.bytesize } }
      end

      def deliver(emission)
        message = Message.new(emission.json)
        hearers(emission).each_with_index do |follower, at|
          stand_back if (at % TURN).zero?
          send_to(follower, emission, message)
        rescue StandardError => e
          @hub.registry.report(e, in: "sending an event", topic: emission.topic)
        end
      end

      # A member's sessions are found at once, however many others there are.
      def hearers(emission)
        followers = if emission.to
                      @hub.roll.of_member(emission.to, emission.topic).map(&:follower)
                    else
                      @hub.room(emission.topic)&.followers || []
                    end
        now = @hub.now
        followers.select { |follower| follower.hears?(emission, now) }
      end

      # Presence goes first: whoever has a diff to send, or comes, waits for no more than a turn of ours.
      def stand_back
        return if @inline

        Thread.pass
        PATIENCE.times do
          break unless @hub.sending?

          sleep(STAND_BACK)
        end
      end

      def send_to(follower, emission, message)
        return if !@laggards.include?(follower) && Laggards.ready?(follower) && follower.socket.transmit(message)

        @laggards.add(follower, emission, message) if follower.socket.alive?
      end
    end
  end
end
