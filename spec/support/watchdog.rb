# frozen_string_literal: true

# An example that hangs would hold up everything until somebody looks. This ends the run instead, with where each
# thread was. (A hang that keeps even this thread from running is ended by bin/test, which gives RSpec a time limit.)
module Watchdog
  SECONDS = Float(ENV.fetch("EXAMPLE_TIMEOUT", 300))

  class << self
    # Runs the block; ends the process when it takes longer than SECONDS.
    def watch(description)
      pid = Process.pid
      guard = Thread.new do
        sleep SECONDS
        # A child that was forked inside the block has no such thread; one copied by mistake would kill the wrong run.
        give_up(description) if Process.pid == pid
      end
      yield
    ensure
      guard&.kill
    end

    private

    def give_up(description)
      warn "\n#{description} took longer than #{SECONDS} s (EXAMPLE_TIMEOUT). Its threads:"
      Thread.list.each { |thread| warn "", thread.inspect, *thread.backtrace.to_a.map { |line| "    #{line}" } }
      $stderr.flush
      exit!(1)
    end
  end
end

RSpec.configure do |config|
  config.around { |example| Watchdog.watch("#{example.location} (#{example.full_description})") { example.run } }
end
