# frozen_string_literal: true

require "json"
require "securerandom"
require "socket"

# An Action Cable client that does what a browser would not: it reads only when told to, sends the same command a
# thousand times, and goes away in the middle of it.
class CableClient
  TEXT = 0x1
  CLOSE = 0x8
  PING = 0x9

  # @param port [Integer] of a server on this machine
  # @param path [String]
  # @param read [Boolean] whether a thread reads from the start
  # @param receive_buffer [Integer, nil] bytes that the system keeps for it unread
  def initialize(port, path: "/cable", read: true, receive_buffer: nil)
    @socket = dial(port, receive_buffer)
    @messages = []
    @times = []
    @mutex = Mutex.new
    @arrived = ConditionVariable.new
    @write = Mutex.new
    shake_hands(port, path)
    read! if read
  end

  # All that came in so far, oldest first: what Action Cable says (with a "type") and what channels say.
  def messages
    @mutex.synchronize { @messages.dup }
  end

  # The objects that a channel sent, without their envelope.
  def received(channel = "RoomChannel", **params)
    wanted = identifier(channel, **params)
    messages.filter_map { |message| message["message"] if message["identifier"] == wanted }
  end

  # The same, each with when it came in: seconds of the monotonic clock.
  def arrivals(channel = "RoomChannel", **params)
    wanted = identifier(channel, **params)
    both = @mutex.synchronize { @messages.zip(@times) }
    both.filter_map { |message, at| [message["message"], at] if message["identifier"] == wanted }
  end

  def subscribe(channel = "RoomChannel", **params)
    command("subscribe", identifier(channel, **params))
  end

  def unsubscribe(channel = "RoomChannel", **params)
    command("unsubscribe", identifier(channel, **params))
  end

  def perform(action, data = {}, channel: "RoomChannel", **params)
    command("message", identifier(channel, **params), data: JSON.generate(data.merge(action: action)))
  end

  # What a browser sends when its page is left: the action and the close at once, so that the server reads both together.
  def perform_and_close(action, channel: "RoomChannel")
    message = { command: "message", identifier: identifier(channel), data: JSON.generate({ action: action }) }
    @write.synchronize { @socket.write(frame(JSON.generate(message), TEXT) << frame("", CLOSE)) }
    finish
  end

  def identifier(channel = "RoomChannel", **params)
    JSON.generate({ channel: channel, **params })
  end

  def command(command, identifier, **rest)
    write(JSON.generate({ command: command, identifier: identifier, **rest }))
  end

  # Waits until the block finds what it looks for among the messages.
  #
  # @yieldparam message [Hash]
  # @return [Hash] the first one that the block accepts
  def wait_for(seconds = 30, &block)
    deadline = clock + seconds
    @mutex.synchronize do
      loop do
        found = @messages.find(&block)
        return found if found

        left = deadline - clock
        raise "not received within #{seconds} s; received: #{@messages.last(20).inspect}" unless left.positive?

        @arrived.wait(@mutex, left)
      end
    end
  end

  # Starts to read, if it does not yet.
  def read!
    @reader ||= Thread.new { read_all }
  end

  # As a closed tab does it.
  def close
    write("", CLOSE)
    finish
  rescue SystemCallError, IOError
    finish
  end

  # As a cut cable does it, once the operating system noticed.
  def cut
    @socket.setsockopt(Socket::SOL_SOCKET, Socket::SO_LINGER, [1, 0].pack("ii"))
    finish
  end

  def closed?
    @reader ? !@reader.alive? : @socket.closed?
  end

  private

  def dial(port, receive_buffer)
    socket = Socket.new(:INET, :STREAM)
    socket.setsockopt(Socket::SOL_SOCKET, Socket::SO_RCVBUF, receive_buffer) if receive_buffer
    socket.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
    socket.connect(Socket.sockaddr_in(port, "127.0.0.1"))
    socket
  end

  def shake_hands(port, path)
    @socket.write("GET #{path} HTTP/1.1\r\nHost: 127.0.0.1:#{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" \
                  "Sec-WebSocket-Key: #{SecureRandom.base64(16)}\r\nSec-WebSocket-Version: 13\r\n" \
                  "Sec-WebSocket-Protocol: actioncable-v1-json\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n")
    status = @socket.gets
    raise "no WebSocket: #{status.inspect}" unless status&.include?("101")

    loop do
      line = @socket.gets or raise "no WebSocket: the server closed it after #{status.inspect}"
      break if line == "\r\n"
    end
  end

  def write(text, opcode = TEXT)
    @write.synchronize { @socket.write(frame(text, opcode)) }
  end

  def frame(text, opcode)
    mask = SecureRandom.bytes(4)
    masked = text.bytes.each_with_index.map { |byte, index| byte ^ mask.getbyte(index % 4) }.pack("C*")
    [0x80 | opcode].pack("C") << masked_size(text.bytesize) << mask << masked
  end

  def masked_size(length)
    if length < 126 then [0x80 | length].pack("C")
    elsif length < 65_536 then [0x80 | 126, length].pack("Cn")
    else [0x80 | 127, length].pack("CQ>")
    end
  end

  def read_all
    while (opcode, payload = read_frame)
      next write(payload, 0xA) if opcode == PING
      break if opcode == CLOSE

      message = JSON.parse(payload)
      at = clock
      @mutex.synchronize do
        [@messages << message, @times << at] unless message["type"] == "ping"
        @arrived.broadcast
      end
    end
  rescue SystemCallError, IOError
    # It is closed, by one side or the other.
  ensure
    @mutex.synchronize { @arrived.broadcast }
  end

  def read_frame
    first, second = take(2).unpack("CC")
    length = second & 0x7F
    length = take(2).unpack1("n") if length == 126
    length = take(8).unpack1("Q>") if length == 127
    [first & 0xF, take(length).force_encoding(Encoding::UTF_8)]
  end

  # A server that is killed may be in the middle of a frame.
  def take(length)
    bytes = @socket.read(length)
    bytes && bytes.bytesize == length ? bytes : raise(EOFError, "the server has closed the connection")
  end

  def finish
    @socket.close
    @reader&.join(5)
  end

  def clock
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end
