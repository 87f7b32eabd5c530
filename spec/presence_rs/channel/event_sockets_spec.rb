# frozen_string_literal: true

require "spec_helper"
require_relative "support"
require_relative "server"

# Events over real sockets, through Puma and Action Cable's pool: order, floods, clients that do not read.
RSpec.describe PresenceRs::Channel, "and events over real sockets" do
  include ChannelSupport

  let(:server) { CableServer.new }
  let(:clients) { [] }
  let(:limits) { {} }

  before do
    registry_with(clock: nil, coalesce: 0.01, max_coalesce: 0.02, grace: 0.2, linger: 0.1, on_error: ->(*) {}, **limits)
    channel = channel_class do
      def subscribed = track_presence("lobby", as: current_user, events: %i[cheer signal])
      def presence_event(_name, data, to:) = data["boom"] ? raise("boom #{to}") : sleep(rand / 1_000)
    end
    stub_const("RoomChannel", channel)
    # Nothing gets lost here, so that order is a matter of waiting long enough for a thread that is late.
    stub_const("PresenceRs::Hub::Emitter::PATIENCE", 30)
  end

  after do
    clients.each(&:close)
    server.stop
    registry.close
  end

  def join(user, **options)
    client = server.connect(user, **options).tap { |it| clients << it }
    client.subscribe
    client.wait_for { |message| message.dig("message", "type") == "presence_state" } unless options[:read] == false
    client
  end

  def of(client, type) = client.received.select { |message| message["type"] == "presence_#{type}" }
  def numbers(client) = of(client, "event").map { |event| event["data"]["n"] }
  def emit(client, data, **rest) = client.perform("presence_emit", { event: "cheer", data:, **rest })

  # Whose joins a page was told of.
  def comers(client) = of(client, "diff").flat_map { |diff| diff["joins"].map { |member| member["id"] } }

  describe "in a row" do
    let(:limits) { { event_burst: 1_000 } }

    it "arrive in the order in which the page has numbered them, though the pool takes them as it likes" do
      ada = join("ada")
      bob = join("bob")
      # A hundred may wait for a channel that takes its time.
      300.times.each_slice(80) do |slice|
        slice.each { |n| emit(ada, { n: }, seq: n + 1) }
        wait_until("all of them") { numbers(bob).last == slice.last }
      end
      expect(numbers(bob)).to eq((0..299).to_a)
      expect(of(ada, "error")).to be_empty
    end
  end

  it "of one who sends a thousand are cut down; it is told so, and everybody else goes on as before" do
    ada, bob, carl = %w[ada bob carl].map { |name| join(name) }
    started = Waiting.now
    1_000.times { |n| emit(ada, { n: }, seq: n + 1) }
    emit(bob, { n: "bob" }, seq: 1)
    wait_until("bob's", within: 60) { numbers(carl).include?("bob") }
    wait_until("the error") { of(ada, "error").any? }
    expect(of(ada, "error").map { |error| error["code"] }.uniq).to eq(["limit_exceeded"])
    expect([bob, carl].flat_map { |client| of(client, "error") }).to be_empty
    expect(numbers(carl).size).to be <= 40 + (20 * (Waiting.now - started)).ceil + 1 # the burst, the rate, and bob's
    ada.perform("presence_heartbeat")
    wait_until("its answer") { of(ada, "ack").any? }
  end

  it "of a channel that raises are told to their sender alone" do
    allow(PresenceRs).to receive(:report)
    ada, bob = %w[ada bob].map { |name| join(name) }
    emit(ada, { boom: true }, seq: 1)
    emit(ada, { n: 2 }, seq: 2)
    wait_until("bob's") { numbers(bob) == [2] }
    wait_until("ada's") { of(ada, "error").any? }
    expect(of(ada, "error")).to match([include("code" => "event_failed", "event" => "cheer")])
    expect(of(bob, "error")).to be_empty
    expect(server.log.string).not_to include("boom")
  end

  it "of 17 kB, of nobody, of a forger, and to who is not there, harm nobody", :aggregate_failures do
    ada, bob = %w[ada bob].map { |name| join(name) }
    emit(ada, { text: "x" * 17_000 }, seq: 1)
    emit(ada, "text", seq: 2)
    emit(ada, {}, seq: 3, to: "nobody")
    emit(ada, {}, seq: 4, to: "ada")
    ada.perform("presence_emit", { event: "boo", data: {}, seq: 5 })
    emit(ada, { n: 6 }, seq: 6, from: { id: "bob", session: "x" })
    wait_until { numbers(bob) == [6] }
    expect(of(bob, "event").last["from"]).to eq("id" => "ada", "session" => of(ada, "session").last["session"])
    wait_until { of(ada, "error").size == 5 }
    expect(of(ada, "error").map { |error| error["code"] }).to eq(%w[limit_exceeded invalid_event not_present invalid_event forbidden])
  end

  it "wait for a client that does not read, and lose the oldest; others, and diffs, are as quick as ever" do
    ada, bob = %w[ada bob].map { |name| join(name) }
    slow = join("slow", read: false, receive_buffer: 4_096)
    wait_until { comers(bob).include?("slow") }
    # So many at a time that whoever reads loses none: a hundred may wait for one whose thread is late.
    400.times.each_slice(50) do |slice|
      slice.each { |n| room.emit("go", { n:, text: "x" * 15_000 }) }
      wait_until("the others", within: 30) { [ada, bob].all? { |client| numbers(client).last == slice.last } }
    end
    expect([ada, bob].map { |client| numbers(client) }).to all(eq((0..399).to_a))
    join("carl")
    wait_until("the diff") { [ada, bob].all? { |client| comers(client).include?("carl") } }
    expect(registry.dropped_events).to be_positive

    slow.read!
    wait_until("the last ones", within: 30) { numbers(slow).last == 399 }
    expect(numbers(slow).size + registry.dropped_events).to eq(400)
    expect(numbers(slow).last(100)).to eq((300..399).to_a)
    wait_until("the diff that came meanwhile", within: 30) { comers(slow).include?("carl") }
  end

  it "of one who is sent away in the middle end there" do
    ada, bob, carl = %w[ada bob carl].map { |name| join(name) }
    emit(ada, { n: 1 }, seq: 1)
    wait_until { [bob, carl].all? { |client| numbers(client) == [1] } }
    room.leave_all("ada")
    emit(ada, { n: 2 }, seq: 2)
    wait_until { of(ada, "error").any? }
    emit(bob, { n: 3 }, seq: 1)
    wait_until { numbers(carl).last == 3 }
    # What comes to ada after it the same way.
    room.leave_all("carl")
    wait_until { ada.received.any? { |message| message["leaves"].to_a.any? { |member| member["id"] == "carl" } } }
    expect(of(ada, "error")).to match([include("code" => "forbidden")])
    expect([ada, bob, carl].map { |client| numbers(client) }).to eq([[], [1], [1, 3]])
  end
end
