# frozen_string_literal: true

require "json"

# Two applications of two Puma workers each, with forty sockets, that share a Redis server and nothing else.
#
#   REDIS_OUTAGE=20 bundle exec rspec spec/processes/redis_sockets_spec.rb    # outages of so many seconds, of the default ttl of 45 s
RSpec.describe "Sockets of many processes on the redis store" do
  # A page: a socket that keeps its list by what it is sent, and beats.
  class Page
    attr_reader :id, :errors, :acks, :came, :gone

    def initialize(port, id)
      @id = id
      @cable = CableClient.new(port, path: "/cable?as=#{id}")
      @cable.subscribe(room: "room")
      @seen = 0
      @members = {}
      @errors = []
      @asked = @acks = 0
      forget
    end

    # Who came onto its list and went from it is counted from here on.
    def forget
      @came = []
      @gone = []
    end

    # Seconds from a moment until it was told of somebody's join or leave; nil before.
    def told(kind, id, since)
      @cable.arrivals(room: "room").each do |message, at|
        return at - since if at > since && message["type"] == "presence_diff" && message[kind].any? { |it| it["id"] == id }
      end
      nil
    end

    # @return [Array<String>] the ids on its list
    def list
      take
      @members.keys.sort
    end

    def beat = @cable.perform("presence_heartbeat", {}, room: "room")
    def come = @cable.perform("come", {}, room: "room")
    def go = @cable.perform("go", {}, room: "room")
    def leave = @cable.perform("presence_leave", {}, room: "room")
    def close = @cable.close

    # As the page's module does it: until the server says anew where its list is.
    def stale?
      take
      @stale
    end

    private

    def take
      messages = @cable.received(room: "room")
      messages.drop(@seen).each do |message|
        before = @members if @epoch
        read(message)
        @acks += 1 if message["type"] == "presence_ack"
        next unless before

        @came.concat(@members.keys - before.keys)
        @gone.concat(before.keys - @members.keys)
      end
      @seen = messages.size
    end

    def read(message)
      case message["type"]
      when "presence_state"
        @epoch, @version = message.values_at("epoch", "version")
        @members = message["members"].to_h { |member| [member["id"], member] }
        @stale = false
      when "presence_diff" then apply(message)
      when "presence_ack"
        message.values_at("epoch", "version") == [@epoch, @version] ? @stale = false : ask
      when "presence_error"
        @errors << message["code"]
        @stale ||= message["code"] == "store_unavailable"
      end
    end

    def apply(diff)
      return if diff["epoch"] == @epoch && diff["version"] <= @version
      return ask unless diff["from"].zero? || (diff["epoch"] == @epoch && diff["from"] == @version)

      @members = diff["from"].zero? ? {} : @members.dup
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
    # A server that comes back with its data has to have them; one that comes back empty has lost them.
    @server = RedisServer.start("appendonly" => "yes")
    @proxy = TcpProxy.start(@server.port)
    app = File.join(__dir__, "support", "redis_app")
    @apps = Array.new(2) do
      Servers.puma(app, "-w", "2", "-t", "4:4", env: { "REDIS_URL" => "redis://127.0.0.1:#{@proxy.port}", "PRESENCE_TTL" => ttl.to_s }, path: "/up")
    end
  end

  after(:context) do
    @apps&.each(&:stop)
    @proxy&.stop
    @server&.stop
  end

  # In bin/test an outage that is shorter than the ttl leaves a slow machine the time to be heard.
  def self.ttl = ENV.key?("REDIS_OUTAGE") ? 45 : 6
  def ttl = self.class.ttl
  def outage = Float(ENV.fetch("REDIS_OUTAGE", ttl * 0.4))
  def beat = ttl / 12.0

  let!(:pages) { Array.new(40) { |n| Page.new(@apps[n % 2].port, "p#{format("%02d", n)}") } }

  before do
    @beating = Thread.new do
      loop do
        sleep beat
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
  def agree(expected = pages.map(&:id).sort, within: ttl + 60)
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
    2.times do
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

  # Within one heartbeat of the default ttl, though here hearts beat more often.
  def back = agree(within: 15)

  # Once all have been heard again, and are told so.
  def heard_again
    before = pages.to_h { |page| [page, page.acks] }
    wait_until("all to be heard again", within: ttl + 60) { pages.all? { |page| page.list && page.acks >= before[page] + 2 } }
  end

  # What nobody is to notice.
  # @yield the outage
  def unnoticed
    pages.each(&:forget)
    yield
    back
    heard_again
    agree
    expect(pages.flat_map(&:came)).to eq([])
    expect(pages.flat_map(&:gone)).to eq([])
  end

  # What begins everybody's topic anew: whoever comes back is told of once.
  def told_once
    pages.each(&:forget)
    yield
    back
    heard_again
    agree
    expect(pages.map { |page| page.came.tally.values.max || 1 }).to all(eq(1))
  end

  # Seconds until the last of the other pages was told.
  def last_told(kind, id, since)
    others = pages.reject { |page| page.id == id }
    wait_until("all to be told of #{id}", within: 60) do
      took = others.map { |page| page.told(kind, id, since) }
      took.max if took.all?
    end
  end

  # As the median of several: it is a matter of milliseconds, and one that a slow machine holds up says nothing.
  it "agree within a second of a change" do
    took = Array.new(5) do
      page = pages.sample
      %i[go come].zip(%w[leaves joins]).map { |change, kind| last_told(kind, page.id, Waiting.now.tap { page.public_send(change) }) }
    end
    took.transpose.each { |of_kind| expect(of_kind.sort[2]).to be < 1 }
  end

  it "agree again after the server was killed and came back empty" do
    told_once do
      @server.kill
      FileUtils.rm_rf(Dir[File.join(@server.directory, "appendonlydir")])
      newcomer = nil
      Thread.new { newcomer = Page.new(@apps.first.port, "newcomer") }.join
      # It is let in, and told why its list is not there yet.
      wait_until("it to be told", within: 60) { newcomer.list && newcomer.errors.include?("store_unavailable") }
      pages << newcomer
      sleep outage if ENV.key?("REDIS_OUTAGE")
      @server.start
    end
  end

  it "keep their lists while the server stands still, and know that these may be old, until it goes on" do
    lists = pages.map(&:list)
    @server.pause
    wait_until("all to be told", within: 60) { pages.all?(&:stale?) }
    expect(pages.map(&:list)).to eq(lists)
    @server.resume
    wait_until("all to be told that all is well", within: 60) { pages.none?(&:stale?) }
    agree
  end

  it "agree again after a flush" do
    told_once do
      @server.call("FLUSHALL")
      pages << Page.new(@apps.last.port, "newcomer")
    end
  end

  it "agree again after the network was silent for longer than the ttl" do
    told_once do
      @proxy.silence
      sleep ttl * 1.2
      @proxy.pass
    end
  end

  it "do not notice that the network was silent for less than the ttl" do
    unnoticed do
      @proxy.silence
      sleep outage
      @proxy.pass
    end
  end

  it "do not notice that the server stood still for less than the ttl" do
    unnoticed do
      @server.pause
      sleep outage
      @server.resume
    end
  end

  it "do not notice that the server was killed, and came back with its data" do
    unnoticed do
      @server.kill
      sleep outage if ENV.key?("REDIS_OUTAGE")
      @server.start
    end
  end

  it "do not notice that the server lost its scripts and closed all connections" do
    unnoticed do
      @server.call("SCRIPT", "FLUSH")
      @server.call("CLIENT", "KILL", "TYPE", "normal")
      @server.call("CLIENT", "KILL", "TYPE", "pubsub")
    end
  end

  it "stay where they are while the server has no memory left, and are told why nobody can join them" do
    late = nil
    unnoticed do
      @server.call("CONFIG", "SET", "maxmemory", "1")
      late = Page.new(@apps.first.port, "late")
      sleep outage
      wait_until("it to be told", within: 60) { late.list && late.errors.include?("store_unavailable") }
      @server.call("CONFIG", "SET", "maxmemory", "0")
      late.close
    end
  end
end
