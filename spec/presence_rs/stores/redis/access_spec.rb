# frozen_string_literal: true

require "openssl"

# Servers that let nobody in, or not for everything.
RSpec.describe PresenceRs::Stores::Redis, "and who may do what" do
  # As docs/redis.md has them.
  def documented_rules(prefix)
    text = File.read(File.join(Checkout::ROOT, "docs", "redis.md"))
    rules = text[/^ACL SETUSER presence (.*?)^```/m, 1] or raise "docs/redis.md has no ACL SETUSER"
    rules.delete("\\").split.map { |rule| rule.sub("myapp:production", prefix) }
  end

  # What the scripts and the connections ask by name; the other words of these commands are options.
  def commands_in(pattern, asked)
    Dir[File.join(Checkout::ROOT, "lib/presence_rs/stores/redis", pattern)].flat_map { |path| File.read(path).scan(asked).flatten }.uniq
  end

  it "is every command that is used, and none that is not" do
    used = commands_in("lua/**/*.lua", /"([A-Z]{3,})"/) - %w[LIMIT WITHSCORES WITHVALUES]
    used |= commands_in("*.rb", /(?:\[|call\()"([A-Z]+)"/)
    # A connection begins with these.
    used |= %w[HELLO AUTH]
    expect(documented_rules("acl").filter_map { |rule| rule.delete_prefix("+").upcase if rule.start_with?("+") }).to match_array(used)
  end

  context "with a user who may do what the docs say, and nothing else" do
    RedisServer::PROGRAMS.each do |program|
      describe "on #{program}" do
        before(:context) do
          @server = RedisServer.start(program: program)
          @server.call("ACL", "SETUSER", "presence", *documented_rules("acl"))
        end

        after(:context) { @server.stop }

        it_behaves_like "a store" do
          let(:store) do
            [:redis, { url: @server.url, username: "presence", password: "secret", prefix: "acl", timeout: 10 }]
          end

          after { @server.call("FLUSHALL") }
        end

        it "keeps what a process does by itself within that, and cannot do more" do
          store = [:redis, { url: @server.url, username: "presence", password: "secret", prefix: "acl", timeout: 10 }]
          registries = Array.new(2) { PresenceRs::Registry.new(store: store, ttl: 30, heartbeat: 0.3, coalesce: 0.01, sweep_interval: 0.2) }
          diffs = Thread::Queue.new
          registries.last.subscribe { |diff| diffs << diff }
          registries.first["room"].join("ada")
          registries.first.watch("room")
          registries.first["room"].touch("ada")
          expect(diffs.pop(timeout: 30).joins.map(&:id)).to eq(["ada"])
          registries.first["room"].join("ada", ttl: 1)
          expect(diffs.pop(timeout: 30).leaves.map(&:id)).to eq(["ada"])
          client = RedisClient.new(url: @server.url, username: "presence", password: "secret")
          expect { client.call("KEYS", "*") }.to raise_error(RedisClient::PermissionError)
          expect { client.call("HGET", "other", "x") }.to raise_error(RedisClient::PermissionError)
          expect { client.call("FLUSHALL") }.to raise_error(RedisClient::PermissionError)
        ensure
          registries&.each(&:close)
          @server.call("FLUSHALL")
        end
      end
    end
  end

  def ask(url: nil, **options)
    registry = PresenceRs::Registry.new(store: [:redis, { url: url || server.url, timeout: 2, **options }], clock: PresenceRs::ManualClock.new)
    registry["room"].count
  ensure
    # Its end would ask once more.
    allow(registry.store).to receive(:tick).and_return(true) if registry
    registry&.close
  end

  describe "a server" do
    let(:settings) { {} }
    let(:server) { RedisServer.start(**settings) }

    after { server.stop }

    context "with a password" do
      let(:settings) { { "requirepass" => "right" } }

      it "that is wrong, or missing: says so, without saying which" do
        expect(ask(password: "right")).to eq(0)
        expect { ask(password: "wrong") }.to raise_error(PresenceRs::StoreUnavailable, /WRONGPASS.*check the password/) { |error|
          expect(error.cause).to be_a(RedisClient::AuthenticationError)
          expect(error.message).not_to match(/\bwrong\b/)
        }
        expect { ask }.to raise_error(PresenceRs::StoreUnavailable, /NOAUTH.*check the password in config.store/)
      end
    end

    it "that may not be asked for this: says what is missing" do
      server.call("ACL", "SETUSER", "half", "on", ">secret", "~*", "&*", "-@all", "+hello", "+auth", "+info", "+evalsha", "+eval")
      expect { ask(username: "half", password: "secret") }
        .to raise_error(PresenceRs::StoreUnavailable, %r{docs/redis.md lists what its user has to be allowed})
    end

    it "that does not speak TLS where TLS is asked for, or whose certificate is nobody's" do
      expect { ask(url: "rediss://127.0.0.1:#{server.port}") }.to raise_error(PresenceRs::StoreUnavailable, /does it speak TLS|SSL|EOF|closed|reset/i)
      tls = RedisServer.start_tls
      expect { ask(url: "rediss://127.0.0.1:#{tls.port}") }.to raise_error(PresenceRs::StoreUnavailable, /certificate verify failed/)
      expect(ask(url: "rediss://127.0.0.1:#{tls.port}", ssl_params: { ca_file: tls.ca_file })).to eq(0)
    ensure
      tls&.stop
    end

    it "that is not there, or does not answer" do
      server.kill
      expect { ask }.to raise_error(PresenceRs::StoreUnavailable, /Connection refused/)
      expect { ask(url: "redis://no-such-host.invalid") }.to raise_error(PresenceRs::StoreUnavailable, /no-such-host.invalid/)
    end
  end

  # What is said to a server that says this of itself.
  def told(*lines)
    registry = PresenceRs::Registry.new(store: [:redis, { url: "redis://127.0.0.1:1" }], clock: PresenceRs::ManualClock.new)
    allow(registry.store.instance_variable_get(:@link)).to receive(:info).and_return(["# Server", *lines, ""].join("\r\n"))
    registry["room"].count
  rescue PresenceRs::StoreUnavailable => e
    e.message
  ensure
    allow(registry.store).to receive(:tick).and_return(true)
    registry.close
  end

  it "says which versions will do, to one that is too old" do
    will_do = "needs Redis 7.0 or later, or Valkey 7.2 or later"
    expect(told("redis_version:6.2.14")).to match(/is redis 6.2.14: .*#{will_do}/)
    expect(told("redis_version:7.2.4", "valkey_version:7.1.9")).to match(/is valkey 7.1.9: .*#{will_do}/)
    # One that will do is asked for more, and nobody is there.
    expect(told("redis_version:7.0.0")).to include("refused")
    expect(told("redis_version:6.2.14", "valkey_version:7.2.0")).to include("refused")
  end

  it "says so too where the server does not even know HELLO" do
    ancient = TCPServer.new("127.0.0.1", 0)
    thread = Thread.new do
      loop do
        client = ancient.accept
        client.readpartial(4096) && client.write("-ERR unknown command `HELLO`, with args beginning with: `3`, \r\n" * 2)
      end
    end
    expect { ask(url: "redis://127.0.0.1:#{ancient.addr[1]}") }
      .to raise_error(PresenceRs::StoreUnavailable, /requires Redis 6\+/)
  ensure
    thread&.kill
    ancient&.close
  end
end
