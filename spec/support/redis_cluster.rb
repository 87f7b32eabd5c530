# frozen_string_literal: true

require "zlib"
require_relative "redis_server"

# Three nodes of a cluster, with a client for it: as much of one as the redis store asks for.
#
#     cluster = RedisCluster.start
#     cluster.client            # for `config.store = :redis, { client: }`
#     cluster.move(slot)        # to the next node, key by key, while it is used
class RedisCluster
  SLOTS = 16_384

  def self.start = new.tap(&:start)

  attr_reader :nodes

  def start
    @nodes = Array.new(3) { |n|
      RedisServer.start("cluster-enabled" => "yes", "cluster-config-file" => "nodes#{n}.conf", "cluster-node-timeout" => "6000")
    }
    @nodes.each_with_index do |node, n|
      node.call("CLUSTER", "ADDSLOTSRANGE", n * SLOTS / 3, ((n + 1) * SLOTS / 3) - 1)
      node.call("CLUSTER", "SET-CONFIG-EPOCH", n + 1)
    end
    @nodes.drop(1).each { |node| node.call("CLUSTER", "MEET", "127.0.0.1", @nodes.first.port, @nodes.first.port + 10_000) }
  rescue StandardError
    stop
    raise
  end

  def ready? = @nodes.all? { |node| node.call("CLUSTER", "INFO").include?("cluster_state:ok") && node.call("CLUSTER", "NODES").lines.size == 3 }

  def stop = @nodes.to_a.each(&:stop)

  # @param listen [Integer] the port of the node that it subscribes at; any where left out
  def client(listen: nil) = Client.new(@nodes.map(&:port), listen)

  # @return [Config] what makes such clients, as redis-cluster-client's does
  def config = Config.new(@nodes.map(&:port))

  # @return [RedisServer]
  def owner(slot)
    port = @nodes.first.call("CLUSTER", "SLOTS").find { |from, to, *| slot.between?(from, to) }[2][1]
    @nodes.find { |node| node.port == port }
  end

  # Moves a slot as resharding does it.
  # @yield between any two keys
  # @return [Integer] keys that were moved
  def move(slot)
    from = owner(slot)
    to = @nodes[(@nodes.index(from) + 1) % 3]
    ids = [from, to].to_h { |node| [node, node.call("CLUSTER", "MYID")] }
    to.call("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[from])
    from.call("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[to])
    moved = 0
    until (keys = from.call("CLUSTER", "GETKEYSINSLOT", slot, 100)).empty?
      keys.each do |key|
        from.call("MIGRATE", "127.0.0.1", to.port, key, 0, 5000)
        moved += 1
        yield if block_given?
      end
    end
    [to, from, *@nodes].uniq.each { |node| node.call("CLUSTER", "SETSLOT", slot, "NODE", ids[to]) }
    moved
  end

  # As `RedisClient.cluster(nodes: …)` makes it.
  Config = Struct.new(:ports) do
    def new_client = Client.new(ports, nil)
    def new_pool(**) = Client.new(ports, nil)
    def per_node_key = ports.to_h { |port| ["127.0.0.1:#{port}", { host: "127.0.0.1", port: port, timeout: 5 }] }
  end

  # Sends each command to the node that has its key, by asking and being told.
  class Client
    def initialize(ports, listen)
      @ports = ports
      @listen = listen
      @lock = Monitor.new
      @clients = Hash.new { |clients, port| clients[port] = RedisClient.new(host: "127.0.0.1", port: port, timeout: 5) }
      @homes = {}
    end

    def call(*command) = call_v(command)

    def call_v(command)
      key = command[3] if command.first.start_with?("EVAL")
      @lock.synchronize { follow(command, @homes[key] || @ports.sample, key) }
    end

    def pubsub = RedisClient.new(host: "127.0.0.1", port: @listen || @ports.sample, timeout: 5).pubsub

    def close = @clients.each_value(&:close)

    private

    def follow(command, port, key)
      5.times do
        return @clients[port].call_v(command)
      rescue RedisClient::CommandError => e
        case e.message
        when /\AMOVED \d+ \S*?:(\d+)/ then @homes[key] = port = Integer(Regexp.last_match(1))
        when /\AASK \d+ \S*?:(\d+)/
          return asking(@clients[Integer(Regexp.last_match(1))], command)
        else raise
        end
      end
      raise RedisClient::ConnectionError, "redirected too often"
    end

    def asking(client, command)
      answers = client.pipelined(exception: false) do |pipe|
        pipe.call("ASKING")
        pipe.call_v(command)
      end
      answers.last.is_a?(Exception) ? raise(answers.last) : answers.last
    end
  end
end
