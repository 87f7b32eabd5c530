# frozen_string_literal: true

require "action_cable"
require "logger"
require "puma"
require "puma/server"
require "uri"
require "presence_rs"
require_relative "../../support/waiting"

# Action Cable as an app runs it: its own server and connections, in a Puma of this process, without a Rails app.
class CableServer
  include Waiting

  # Whoever connects is whom the query names.
  class Connection < ActionCable::Connection::Base
    identified_by :current_user

    def connect
      self.current_user = request.params["user"].presence
    end
  end

  attr_reader :port, :cable, :log

  def initialize
    @log = StringIO.new
    @cable = ActionCable::Server::Base.new(config: configuration)
    @puma = Puma::Server.new(method(:call), nil, { log_writer: Puma::LogWriter.null, min_threads: 1, max_threads: 4 })
    @port = @puma.add_tcp_listener("127.0.0.1", 0).addr[1]
    @puma.run
  end

  def connect(user = nil, **options)
    CableClient.new(port, path: "/cable?#{URI.encode_www_form(user: user)}", **options)
  end

  # The server's side of a client. Action Cable lists it only after it has let it speak, so that its channel may have
  # answered before.
  def connection_of(user)
    wait_until("the connection of #{user.inspect}") { @cable.connections.find { |found| found.current_user == user } }
  end

  # Not whether the list is empty: one whose socket closes while it is taken into it stays there for good.
  def all_closed?
    @cable.connections.none? { |connection| connection.send(:websocket).alive? }
  end

  def stop
    @puma.stop(true)
    @cable.restart
    @cable.event_loop.stop
  end

  private

  def call(env)
    @cable.call(env)
  end

  def configuration
    ActionCable::Server::Configuration.new.tap do |config|
      config.cable = { "adapter" => "async" }
      config.connection_class = -> { Connection }
      config.disable_request_forgery_protection = true
      config.logger = ActiveSupport::TaggedLogging.new(Logger.new(@log, level: Logger::INFO))
    end
  end
end
