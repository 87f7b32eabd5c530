# frozen_string_literal: true

module Bench
  module Redis
    # People who are online for a while: everybody's heartbeat every 15 s, and of each thousand one a second who goes and
    # one who comes.
    class Workload
      HEARTBEAT = 15

      def initialize(sessions:, topics:, seconds:)
        @sessions = sessions
        @topics = Array.new(topics) { |n| "room:#{n}" }
        @seconds = seconds
      end

      # @return [Hash] of a second: commands that were sent, all that were executed, bytes, ms of the server's processor; and
      #   the bytes of memory a session takes, and those a heartbeat takes on the wire
      def run(way, socket)
        meter = Meter.new(socket)
        meter.flush
        way.warm_up
        empty = meter.memory
        people = Array.new(@sessions) { |n| [@topics[n % @topics.size], "user:#{n}", SecureRandom.hex(16)] }
        people.each { |person| way.join(*person) }
        way.settle
        memory = (meter.memory - empty) / @sessions
        used = meter.during { live(way, people) }
        quiet = meter.during { still }
        heartbeats = @sessions * @seconds / HEARTBEAT
        summary(way, used, memory).merge(bytes_a_heartbeat: (used[:bytes_in] - quiet[:bytes_in]).fdiv(heartbeats))
      ensure
        way.close
      end

      def self.table(cases)
        Report.table(["sessions", "topics", "way", "commands/s", "executed/s", "KB/s", "server ms/s", "bytes a session"],
                     cases.flat_map do |it|
                       [[it[:sessions].to_s, it[:topics].to_s, Ours::NAME, *shown(it[:ours])],
                        ["", "#{it[:fewer].round} x fewer", CommonWay::NAME, *shown(it[:common])]]
                     end)
      end

      def self.shown(used)
        [used[:commands].round(1), used[:executed].round, (used[:bytes] / 1024.0).round(1), used[:cpu].round(1), used[:memory]].map(&:to_s)
      end
      private_class_method :shown

      private

      def summary(way, used, memory)
        sent = way.scripts? ? used[:scripts] : used[:executed]
        { commands: sent.fdiv(@seconds), executed: used[:executed].fdiv(@seconds), bytes: used[:bytes].fdiv(@seconds),
          cpu: used[:cpu] * 1000 / @seconds, memory: memory }
      end

      def live(way, people)
        started = Measure.wall
        churn = [@sessions / 1000, 1].max
        @seconds.times do |second|
          slice = people.each_slice(@sessions.fdiv(HEARTBEAT).ceil).to_a[second % HEARTBEAT]
          slice.each { |person| way.beat(*person) }
          churn.times { |n| replace(way, people, (second * churn) + n) }
          way.every_second(second, @topics)
          left = (started + ((second + 1) * 1_000_000_000) - Measure.wall) / 1e9
          sleep(left) if left.positive?
        end
      end

      def replace(way, people, at)
        topic, member, session = people[at % people.size]
        way.leave(topic, member, session)
        people[at % people.size] = [topic, "#{member}+", SecureRandom.hex(16)].tap { |person| way.join(*person) }
      end

      # What is done whether or not anybody's heart beats.
      def still = sleep(1)
    end
  end
end
