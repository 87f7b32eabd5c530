# frozen_string_literal: true

require "json"

# Two applications of two Puma workers each, with forty sockets, that share a Redis server and nothing else.
RSpec.describe "Sockets of many processes on the redis store" do
  # A page: a socket that keeps its list by what it is sent, and beats.
  class Page
    attr_reader :id, :errors

    def initialize(port, id)
      @id = id
      @cable = CableClient.new(port, path: "/cable?as=#{id}")
      @cable.subscribe(room: "room")
      @seen = 0
      @members = {}
      @errors = []
      @asked = 0
    end

    # @return [Array<String>] the ids on its list
    def list
      take
      @members.keys.sort
    end

    def beat = @cable.perform("presence_heartbeat", {}, room: "room")
    def leave = @cable.perform("presence_leave", {}, room: "room")
    def close = @cable.close
    def settled? = !@epoch.nil?

    private

    def take
      messages = @cable.received(room: "room")
      messages.drop(@seen).each { |message| read(message) }
      @seen = messages.size
    end

    def read(message)
      case message["type"]
      when "presence_state"
        @epoch, @version = message.values_at("epoch", "version")
        @members = message["members"].to_h { |member| [member["id"], member] }
      when "presence_diff" then apply(message)
      when "presence_ack" then ask unless message.values_at("epoch", "version") == [@epoch, @version]
      when "presence_error" then @errors << message["code"]
      end
    end

    def apply(diff)
      return if diff["epoch"] == @epoch && diff["version"] <= @version
      return ask unless diff["from"].zero? || (diff["epoch"] == @epoch && diff["from"] == @version)

      @members = {} if diff["from"].zero?
      @epoch, @version = diff.values_at("epoch", "version")
      diff["leaves"].each { |leave| @members.delete(leave["id"]) }
      (diff["joins"] + diff["updates"]).each { |member| @members[member["id"]] = member }
    end

    def ask
      @asked += 1
      @cable.perform("presence_sync", {}, room: "room")
    end
  end

  before(:context) do
    @server = RedisServer.start
    @proxy = TcpProxy.start(@server.port)
    app = File.join(__dir__, "support", "redis_app")
    @apps = Array.new(2) do
      Servers.puma(app, "-w", "2", "-t", "4:4", env: { "REDIS_URL" => "redis://127.0.0.1:#{@proxy.port}", "PRESENCE_TTL" => "4" }, path: "/up")
    end
  end

  after(:context) do
    @apps&.each(&:stop)
    @proxy&.stop
    @server&.stop
  end

  let!(:pages) { Array.new(40) { |n| Page.new(@apps[n % 2].port, "p#{format("%02d", n)}") } }

  before do
    @beating = Thread.new do
      loop do
        sleep 0.8
        pages.dup.each do |page|
          page.beat
        rescue IOError, SystemCallError
          nil # it was closed meanwhile
        end
      end
    end
    agree
  end

  after do
    @beating.kill
    pages.each { |page| page.close rescue nil } # rubocop:disable Style/RescueModifier
  end

  # Waits until all lists are this.
  def agree(expected = pages.map(&:id).sort, within: 60)
    behind = nil
    wait_until(lambda {
                 "all lists to have #{expected.size}; behind: #{behind.map { |page|
                                                                  [page.id, page.list.size, page.errors.tally]
                                                                }.first(5)}"
               }, within: within) do
      behind = pages.reject { |page| page.list == expected }
      behind.empty?
    end
  end

  it "agree on every change" do
    3.times do
      gone = pages.delete(pages.sample)
      gone.close
      agree
      pages << Page.new(@apps.sample.port, "n#{rand(10**9)}")
      agree
    end
    pages.delete(gone = pages.sample)
    gone.leave
    agree
    gone.close
  end

  it "agree again after the server was killed and came back empty" do
    @server.kill
    newcomer = nil
    Thread.new { newcomer = Page.new(@apps.first.port, "newcomer") }.join
    # It is let in, and told why its list is not there yet.
    wait_until("it to be told", within: 60) { newcomer.list && newcomer.errors.include?("store_unavailable") }
    pages << newcomer
    @server.start
    agree
  end

  it "agree again after a flush" do
    @server.call("FLUSHALL")
    pages << Page.new(@apps.last.port, "newcomer")
    agree
  end

  it "agree again after the network was silent for longer than the ttl" do
    @proxy.silence
    sleep 6
    @proxy.pass
    agree
  end
end
