# frozen_string_literal: true

require "socket"

# A way to a server that can go silent: connections stay open, new ones are accepted, and nothing comes through.
#
#     proxy = TcpProxy.start(server.port)
#     proxy.silence; proxy.pass; proxy.stop
class TcpProxy
  # @param target [Integer] a port of this machine
  # @return [TcpProxy]
  def self.start(target) = new(target).tap(&:start)

  attr_reader :port

  def initialize(target)
    @target = target
    @server = TCPServer.new("127.0.0.1", 0)
    @port = @server.addr[1]
    @gate = Mutex.new
    @open = ConditionVariable.new
    @silent = false
    @sockets = []
  end

  def start
    @thread = Thread.new { loop { join_up(@server.accept) } }
    @thread.report_on_exception = false
  end

  def silence = @gate.synchronize { @silent = true }

  def pass
    @gate.synchronize do
      @silent = false
      @open.broadcast
    end
  end

  def stop
    pass
    @thread.kill
    [@server, *@sockets].each { |socket| socket.close unless socket.closed? }
  end

  private

  def join_up(client)
    server = TCPSocket.new("127.0.0.1", @target)
    @sockets.push(client, server)
    [[client, server], [server, client]].each do |from, to|
      Thread.new { carry(from, to) }.report_on_exception = false
    end
  rescue SystemCallError
    client.close
  end

  def carry(from, to)
    loop do
      data = from.readpartial(65_536)
      @gate.synchronize { @open.wait(@gate) while @silent }
      to.write(data)
    end
  rescue IOError, SystemCallError
    [from, to].each { |socket| socket.close unless socket.closed? }
  end
end
