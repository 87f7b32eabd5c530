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
    until still?(pid)
      raise Waiting::TimedOut, "the process #{pid} does not stand still" if Waiting.now > deadline

      sleep 0.001
    end
  end

  # Whether all threads of a process are stopped; or have ended, as the whole of it may.
  #
  # @param pid [Integer]
  # @return [Boolean]
  def self.still?(pid)
    Dir["/proc/#{pid}/task/*/stat"].all? { |file| "TtZX".include?(File.read(file)[/\) (\S)/, 1]) }
  rescue Errno::ENOENT, Errno::ESRCH
    false # a thread has ended just now
  end
end
