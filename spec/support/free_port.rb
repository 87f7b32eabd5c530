# frozen_string_literal: true

require "socket"

# Ports of the loopback interface for servers that are about to be started, or started again. They are none of those that the
# system gives to whoever connects: such a one may be taken by a connection before its server has it, and one whose
# server is away by a client that looks for it, and so connects to itself.
module FreePort
  # Below those of connections; a node of a Redis cluster takes the one 10,000 higher, too.
  RANGE = (12_000..22_000)
  # Another order in every process, whatever the seed of the examples is.
  @random = Random.new
  @taken = []

  # @return [Integer] one that nobody listens on, and that was not given before
  def self.take
    loop do
      port = @random.rand(RANGE)
      next if @taken.include?(port) || !free?(port)

      @taken << port
      return port
    end
  end

  def self.free?(port)
    TCPServer.open("127.0.0.1", port).close
    true
  rescue Errno::EADDRINUSE
    false
  end
  private_class_method :free?
end
