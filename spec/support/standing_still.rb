# frozen_string_literal: true

require_relative "waiting"

# Stops processes. A signal is on its way for a moment, in which its process may still hear something, and say something.
module StandingStill
  # Returns once all threads of the process stand still.
  #
  # @param pid [Integer]
  # @return [void]
  def self.stop(pid)
    Process.kill("STOP", pid)
    deadline = Waiting.now + Waiting::DEADLINE
    until stopped?(pid)
      raise Waiting::TimedOut, "the process #{pid} does not stand still" if Waiting.now > deadline

      sleep 0.001
    end
  end

  def self.stopped?(pid)
    Dir["/proc/#{pid}/task/*/stat"].all? { |file| File.read(file)[/\) (\w)/, 1] == "T" }
  rescue Errno::ENOENT, Errno::ESRCH
    false # a thread has ended just now
  end
  private_class_method :stopped?
end
