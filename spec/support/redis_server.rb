# frozen_string_literal: true

require "fileutils"
require "tmpdir"
require_relative "free_port"
require_relative "standing_still"
require_relative "waiting"

# A Redis or Valkey server of the specs' own: on a free port of the loopback interface, stopped by its pid.
#
#     RedisServer.shared.url                       # one for the whole run, for each example with a prefix of its own
#     server = RedisServer.start(program: "valkey-server", "maxmemory" => "10mb")
#     server.kill; server.start                    # the same port again
class RedisServer
  PROGRAMS = %w[redis-server valkey-server].select do |name|
    ENV.fetch("PATH", "").split(File::PATH_SEPARATOR).any? { |directory| File.executable?(File.join(directory, name)) }
  end.freeze
  # Ends a server with the run that has started it, however that ends.
  LEASH = system("setpriv", "--pdeathsig", "KILL", "true", out: File::NULL, err: File::NULL) ? %w[setpriv --pdeathsig KILL] : [].freeze
  @running = []

  class << self
    # @return [Array<RedisServer>]
    attr_reader :running

    # @return [RedisServer] that the examples of a run share; they must not disturb it
    def shared(program = PROGRAMS.first)
      (@shared ||= {})[program] ||= start(program: program)
    end

    # @return [RedisServer]
    def start(program: PROGRAMS.first, **settings)
      new(program, settings).tap(&:start)
    end

    # One that watches over another, as Sentinel.
    # @return [RedisServer]
    def start_sentinel(server, name:)
      directory = Dir.mktmpdir("presence_rs-sentinel")
      path = File.join(directory, "sentinel.conf")
      File.write(path, "sentinel monitor #{name} 127.0.0.1 #{server.port} 1\n")
      new("redis-server", {}).tap { |sentinel| sentinel.start(arguments: [path, "--sentinel"]) }
    end

    # One that speaks TLS, with a certificate that only {#ca_file} vouches for.
    # @return [RedisServer]
    def start_tls = new(PROGRAMS.first, {}).tap { |server| server.send(:start_with_tls) }

    def stop_all = running.dup.each(&:stop)
  end

  # @return [String] the path of the certificate of a TLS server
  attr_reader :ca_file

  attr_reader :port, :pid, :directory, :program

  # @param settings [Hash] of its configuration file
  def initialize(program, settings)
    @program = program
    @settings = settings.transform_keys(&:to_s)
    @port = FreePort.take
    @directory = Dir.mktmpdir("presence_rs-redis")
  end

  # @return [String]
  def url = "redis://127.0.0.1:#{port}"

  # @return [String] of its configuration
  def setting(name) = @settings.fetch(name)

  # @return [self] once it answers
  def start(arguments: [])
    settings = { "port" => port, "bind" => "127.0.0.1", "dir" => directory, "daemonize" => "no" }
    settings["save"] = "" if arguments.empty?
    settings = settings.merge(@settings).flat_map { |name, value| ["--#{name}", *value.to_s.split(" ", -1)] }
    command = [*LEASH, @program, *arguments.take(1), *settings, *arguments.drop(1)]
    @pid = Process.spawn(*command, in: File::NULL, out: [log, "a"], err: %i[child out])
    RedisServer.running << self
    wait_for_answer
    self
  end

  # Ends it without a word.
  # @return [void]
  def kill(signal = "KILL")
    return unless @pid

    Process.kill(signal, @pid)
    Process.wait(@pid)
    @pid = nil
    RedisServer.running.delete(self)
  end

  # @return [void]
  def stop
    kill
    FileUtils.rm_rf(directory)
  end

  # Lets it stand still, and go on.
  def pause = StandingStill.stop(pid)
  def resume = Process.kill("CONT", pid)

  # @return [Object] what it answers to one command, over a connection of its own
  def call(*command)
    client = RedisClient.new(host: "127.0.0.1", port: port, timeout: 15, password: @settings["requirepass"], **@client_options.to_h)
    client.call(*command)
  ensure
    client&.close
  end

  # @param pattern [String]
  # @return [Array<String>] keys
  def keys(pattern = "*") = call("KEYS", pattern)

  # @return [Integer] how often its clients have called scripts
  def scripts_called = call("INFO", "commandstats")[/^cmdstat_evalsha:calls=(\d+)/, 1].to_i

  # @return [Hash{String => String}] a section of what it says of itself
  def info(section)
    call("INFO", section).lines.filter_map { |line| line.chomp.split(":", 2) if line.include?(":") }.to_h
  end

  def log = File.join(directory, "log")

  private

  def start_with_tls
    key = OpenSSL::PKey::RSA.new(2048)
    certificate = OpenSSL::X509::Certificate.new
    certificate.version = 2
    certificate.serial = 1
    certificate.subject = certificate.issuer = OpenSSL::X509::Name.parse("/CN=127.0.0.1")
    certificate.public_key = key.public_key
    certificate.not_before = Time.now - 60
    certificate.not_after = Time.now + 3600
    extensions = OpenSSL::X509::ExtensionFactory.new(certificate, certificate)
    certificate.add_extension(extensions.create_extension("basicConstraints", "CA:TRUE", true))
    certificate.add_extension(extensions.create_extension("subjectAltName", "IP:127.0.0.1"))
    certificate.sign(key, OpenSSL::Digest.new("SHA256"))
    @ca_file = File.join(directory, "cert.pem")
    File.write(@ca_file, certificate.to_pem)
    File.write(File.join(directory, "key.pem"), key.to_pem)
    @settings = { "port" => 0, "tls-port" => port, "tls-cert-file" => @ca_file, "tls-auth-clients" => "no",
                  "tls-key-file" => File.join(directory, "key.pem"), "tls-ca-cert-file" => @ca_file }
    @client_options = { ssl: true, ssl_params: { ca_file: @ca_file } }
    start
  end

  def ended?
    return false unless Process.wait(pid, Process::WNOHANG)

    RedisServer.running.delete(self)
    @pid = nil
    true
  end

  def wait_for_answer
    require "redis_client"
    deadline = Waiting.now + 60
    begin
      call("PING")
      raise "another server has taken port #{port}" unless info("server")["process_id"].to_i == pid
    rescue RedisClient::CommandError => e
      raise unless e.message.start_with?("LOADING")

      sleep 0.02
      retry
    rescue RedisClient::Error => e
      raise "#{@program} has ended:\n#{File.read(log)}" if ended?
      raise "#{@program} does not answer: #{e.message}\n#{File.read(log)}" if Waiting.now > deadline

      sleep 0.02
      retry
    end
  end
end

owner = Process.pid
at_exit { RedisServer.stop_all if Process.pid == owner }
