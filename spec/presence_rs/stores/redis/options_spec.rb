# frozen_string_literal: true

require "openssl"
require "redis_client"
require "securerandom"

RSpec.describe PresenceRs::Stores::Redis::Options do
  let(:server) { RedisServer.shared }
  let(:prefix) { "options:#{SecureRandom.hex(4)}" }

  # Joins and reads through a store that is made of these.
  def round_trip(**options)
    registry = PresenceRs::Registry.new(store: [:redis, { prefix: prefix, timeout: 5, **options }], clock: PresenceRs::ManualClock.new)
    registry.subscribe { |diff| (@diffs ||= []) << diff }
    registry["room"].join("ada")
    registry.tick
    [registry["room"].ids, @diffs&.size]
  ensure
    registry&.close
  end

  describe "where the server is" do
    it "is a URL, or REDIS_URL, or what redis-client takes besides" do
      expect(round_trip(url: server.url)).to eq([["ada"], 1])
      expect(round_trip(host: "127.0.0.1", port: server.port, db: 0)).to eq([["ada"], 1])
      allow(ENV).to receive(:[]).and_call_original
      allow(ENV).to receive(:[]).with("REDIS_URL").and_return(server.url)
      expect(round_trip).to eq([["ada"], 1])
    end

    it "is a Unix socket" do
      server = RedisServer.start("unixsocket" => File.join(Dir.mktmpdir, "redis.sock"))
      expect(round_trip(path: server.setting("unixsocket"))).to eq([["ada"], 1])
      expect(round_trip(url: "unix://#{server.setting("unixsocket")}")).to eq([["ada"], 1])
    ensure
      server&.stop
    end

    it "is found by Sentinel" do
      sentinel = RedisServer.start_sentinel(server, name: "presence")
      found = wait_until("Sentinel to know it", within: 60) do
        round_trip(sentinels: [{ host: "127.0.0.1", port: sentinel.port }], name: "presence", timeout: 5)
      rescue PresenceRs::StoreUnavailable
        nil
      end
      expect(found).to eq([["ada"], 1])
    ensure
      sentinel&.stop
    end
  end

  describe "a client of one's own" do
    it "is a configuration, a pool or a client" do
      config = RedisClient.config(url: server.url, timeout: 10)
      expect(round_trip(client: config)).to eq([["ada"], 1])
      expect(round_trip(client: config.new_pool(size: 2, timeout: 1))).to eq([["ada"], 1])
      expect(round_trip(client: config.new_client)).to eq([["ada"], 1])
    end

    it "is used by one thread at a time where it is not a pool, and stays open" do
      client = RedisClient.new(url: server.url, timeout: 10)
      registry = PresenceRs::Registry.new(store: [:redis, { client: client, prefix: prefix, timeout: 5 }])
      Array.new(8) { |n| Thread.new { 20.times { registry["room"].join("m#{n}") } } }.each(&:join)
      expect(registry["room"].count).to eq(8)
      registry.close
      expect(client.call("PING")).to eq("PONG")
    ensure
      client&.close
    end

    it "is used by one thread at a time too where it only looks like one, as that of a cluster" do
      busy = Mutex.new
      client = RedisClient.new(url: server.url)
      other = Object.new
      %i[call call_v].each do |name|
        other.define_singleton_method(name) do |*command|
          raise "two threads at once" unless busy.try_lock

          begin
            Thread.pass
            client.public_send(name, *command)
          ensure
            busy.unlock
          end
        end
      end
      url = server.url
      other.define_singleton_method(:pubsub) { RedisClient.new(url: url).pubsub }
      other.define_singleton_method(:close) { nil }
      registry = PresenceRs::Registry.new(store: [:redis, { client: other, prefix: prefix, timeout: 5 }])
      Array.new(8) { |n| Thread.new { 20.times { registry["room"].join("m#{n}") } } }.each(&:join)
      expect(registry["room"].count).to eq(8)
    ensure
      registry&.close
      client&.close
    end

    it "takes the place of what one would be made of" do
      expect { described_class.new(client: RedisClient.new, url: "redis://x") }
        .to raise_error(PresenceRs::ConfigurationError, /takes a client, or url to make one of: not both/)
      expect { described_class.new(client: Object.new) }
        .to raise_error(PresenceRs::ConfigurationError, /client is a RedisClient, its pool or a RedisClient.config; got a Object/)
    end

    it "is none of the redis gem, which lacks what the store calls" do
      stub_const("Redis", Class.new {
        def call(*) = nil
        def pubsub(*) = nil
      })
      expect { described_class.new(client: Redis.new) }
        .to raise_error(PresenceRs::ConfigurationError, /a Redis of the redis gem, .*: give url:, or client: RedisClient.config/)
    end
  end

  it "names what cannot be" do
    { prefix: "", buckets: 0, pool: -1, timeout: "soon" }.each do |name, value|
      expect { described_class.new(name => value) }
        .to raise_error(PresenceRs::ConfigurationError, /the redis store's #{name} is .*; got #{Regexp.escape(value.inspect)}/)
    end
    expect { described_class.new(urll: "redis://secret@x") }.to raise_error(PresenceRs::ConfigurationError) { |error|
      expect(error.message).to include("(urll)")
      expect(error.message).not_to include("secret")
    }
    expect { described_class.new(url: "http://x") }.to raise_error(PresenceRs::ConfigurationError, /Unknown URL scheme/)
  end

  it "says what to add to the Gemfile where redis-client is missing" do
    options = described_class.allocate
    allow(options).to receive(:require).with("redis_client").and_raise(LoadError, "cannot load such file -- redis_client")
    expect { options.send(:initialize) }
      .to raise_error(PresenceRs::ConfigurationError, /needs the redis-client gem .*: add gem "redis-client", ">= 0.22" to the Gemfile/)
  end

  describe "the prefix" do
    it "is the application's name and its environment where there is one" do
      expect(described_class.new(url: "redis://x").prefix).to eq("presence_rs")
      application = Class.new { def name = "shop" }.new
      stub_const("Rails", Class.new { define_singleton_method(:env) { "staging" } }.tap { |it|
                            it.define_singleton_method(:application) {
                              application
                            }
                          })
      expect(described_class.new(url: "redis://x").prefix).to eq("shop:staging")
    end

    it "may have any characters, and keeps applications apart" do
      ["my app", "{x}", "a*[b]?", "%7b", "ü"].each do |odd|
        @diffs = nil
        expect(round_trip(url: server.url, prefix: odd)).to eq([["ada"], 1])
        expect(round_trip(url: server.url, prefix: "#{odd}2").first).to eq(["ada"])
        # One hash tag, whatever is in it.
        expect(PresenceRs::Stores::Redis::Keys.new(odd, 1).tag(0)).to match(/\A\{[^{}]+\}\z/)
      end
    end
  end
end
