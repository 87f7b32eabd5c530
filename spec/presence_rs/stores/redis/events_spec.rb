# frozen_string_literal: true

require "securerandom"

# What is particular about events on Redis: what is on the wire, and who hears it.
RSpec.describe PresenceRs::Stores::Redis, "and events" do
  include EventPages

  let(:server) { RedisServer.shared }
  let(:prefix) { "specs:#{SecureRandom.hex(6)}" }
  let(:registry) { PresenceRs::Registry.new(store: [:redis, { url: server.url, prefix:, timeout: 10 }], coalesce: 0.01, on_error: ->(*) {}) }
  let(:room) { registry["room:1"] }
  let(:page) { come(registry, "ada") }

  after { registry.close }

  # What is published for the topic while the block runs.
  def published
    client = RedisClient.new(url: server.url, timeout: 10)
    pubsub = client.pubsub
    pubsub.call("PSUBSCRIBE", "{#{prefix}:*:f:room:1")
    pubsub.next_event(5)
    yield
    # Diffs go the same way.
    wait_until(within: 30) { (event = pubsub.next_event(1)) && event.first == "pmessage" && event.last.b.start_with?("\xFF".b) && event.last }
  ensure
    client&.close
  end

  def ready
    wait_until("the feed", within: 30) { room.emit("ready") || page.heard.any? }
  end

  it "are little more than the message on the wire" do
    ready
    text = published { room.emit("go", { n: 1 }) }
    wait_until(within: 30) { page.heard.last == ["go", 1] }
    expect(text.bytesize).to be < page.events.last.to_json.bytesize + 60
  end

  it "are heard once, though a call was tried again" do
    ready
    text = published { room.emit("go", { n: 1 }) }
    wait_until { page.heard.include?(["go", 1]) }
    client = RedisClient.new(url: server.url, timeout: 10)
    channel = client.call("PUBSUB", "CHANNELS", "{#{prefix}:*room:1").first
    3.times { client.call("PUBLISH", channel, text) }
    room.emit("go", { n: 2 })
    wait_until { page.heard.include?(["go", 2]) }
    expect(page.heard.count(["go", 1])).to eq(1)
  ensure
    client&.close
  end

  it "are nothing to a process that only follows diffs" do
    diffs = Thread::Queue.new
    other = PresenceRs::Registry.new(store: [:redis, { url: server.url, prefix:, timeout: 10 }], coalesce: 0.01)
    other.subscribe { |diff| diffs << diff.joins.map(&:id) }
    ready
    room.emit("go")
    room.join("bob")
    seen = []
    wait_until(within: 30) { (seen << diffs.pop(timeout: 1)).flatten.include?("bob") }
    expect(other.dropped_events).to eq(0)
  ensure
    other&.close
  end

  it "are refused while the server is away" do
    lonely = RedisServer.start
    away = PresenceRs::Registry.new(store: [:redis, { url: lonely.url, timeout: 10 }], on_error: ->(*) {})
    away["room"].emit("go")
    lonely.kill
    expect { away["room"].emit("go") }.to raise_error(PresenceRs::StoreUnavailable)
  ensure
    away&.close
    lonely&.stop
  end
end
