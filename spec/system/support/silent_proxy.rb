# frozen_string_literal: true

require "socket"

# A TCP proxy on the loopback interface that can go silent: it then forwards nothing in either direction, closes
# nothing and goes on accepting, as routers and proxies do. What it was given meanwhile it forwards later.
#
#     proxy = SilentProxy.new(demo.port)
#     proxy.url                     # => "http://127.0.0.1:40123/"
#     proxy.silence
#     proxy.forward
#     proxy.hang                    # the connections that are open now, for good; new ones are forwarded
#     proxy.close
class SilentProxy
  attr_reader :port

  # @param target [Integer] a port
  def initialize(target)
    @target = target
    @listener = TCPServer.new("127.0.0.1", 0)
    @port = @listener.addr[1]
    @mutex = Mutex.new
    @turned = ConditionVariable.new
    @silent = @closed = false
    @sockets = []
    @hung = []
    @threads = [Thread.new { accept_all }]
  end

  def url
    "http://127.0.0.1:#{port}/"
  end

  def silence
    @mutex.synchronize { @silent = true }
  end

  def forward
    @mutex.synchronize do
      @silent = false
      @turned.broadcast
    end
  end

  def hang
    @mutex.synchronize { @hung = @sockets.dup }
  end

  # Ends all threads and sockets.
  def close
    @mutex.synchronize { @closed = true }
    forward
    @listener.close
    @sockets.each { |socket| socket.close unless socket.closed? }
    @threads.each { |thread| thread.join(5) || thread.kill }
  end

  private

  def accept_all
    loop do
      client = @listener.accept
      @threads << Thread.new { connect(client) }
    end
  rescue IOError, SystemCallError
    # It was closed.
  end

  def connect(client)
    @sockets << client
    wait_while_silent(client)
    server = TCPSocket.new("127.0.0.1", @target)
    @sockets << server
    back = Thread.new { pump(server, client) }
    pump(client, server)
    back.join
  rescue IOError, SystemCallError
    # The server is away, or all of this is.
  ensure
    [client, server].compact.each { |socket| socket.close unless socket.closed? }
  end

  # What comes in while it is silent waits here, and so does the news of an end.
  def pump(from, to)
    loop do
      data = read(from)
      wait_while_silent(from)
      return to.close_write if data.nil?

      to.write(data)
    end
  rescue IOError, SystemCallError
    # The other direction ended both.
  end

  def read(socket)
    socket.readpartial(16_384)
  rescue EOFError
    nil
  end

  def wait_while_silent(socket)
    @mutex.synchronize { @turned.wait(@mutex) while (@silent || @hung.include?(socket)) && !@closed }
  end
end
