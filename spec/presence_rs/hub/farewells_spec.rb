# frozen_string_literal: true

require "spec_helper"
require "presence_rs/hub"
require_relative "../channel/support"
require_relative "../channel/server"

RSpec.describe PresenceRs::Hub::Wire::Farewells do
  include ChannelSupport

  let(:server) { CableServer.new }
  let(:client) { server.connect("ada") }
  # What the connection would have the pool do, in the order of the socket.
  let(:jobs) { Queue.new }

  before do
    registry_with(clock: nil, coalesce: 0, linger: 0.1, grace: 60)
    stub_const("RoomChannel", room_channel)
    client.subscribe
    client.wait_for { |message| message.dig("message", "type") == "presence_state" }
  end

  after do
    client.close
    server.stop
    registry.close
  end

  # From here on nothing runs but what the example runs.
  def hold_jobs
    connection = server.connection_of("ada")
    allow(connection).to receive(:send_async) { |name, *arguments| jobs << [name, -> { connection.send(name, *arguments) }] }
  end

  def take(name)
    found, job = jobs.pop(timeout: 10)
    raise "expected #{name}, got #{found.inspect}" unless found == name

    job
  end

  def gone
    wait_until(-> { "an empty room, which has #{room.ids}" }) { room.count.zero? }
  end

  it "hears a goodbye whose socket closed before it came to run" do
    hold_jobs
    client.perform("presence_leave")
    client.close
    goodbye = take(:dispatch_websocket_message)
    close = take(:handle_close)
    goodbye.call
    close.call
    gone
    expect(server.log.string).not_to include("Ignoring message", "Could not execute")
  end

  it "hears it when the end of the connection runs first" do
    hold_jobs
    client.perform("presence_leave")
    client.close
    goodbye = take(:dispatch_websocket_message)
    take(:handle_close).call
    goodbye.call
    gone
    expect(server.log.string).not_to include("Ignoring message", "Could not execute")
  end

  it "hears it when an unsubscribe overtakes it" do
    hold_jobs
    client.perform("presence_leave")
    client.unsubscribe
    goodbye = take(:dispatch_websocket_message)
    take(:dispatch_websocket_message).call
    gone
    goodbye.call
    expect(room.count).to eq(0)
  end

  it "leaves it at the grace where nobody said goodbye, whatever else was said" do
    hold_jobs
    client.perform("presence_heartbeat")
    client.perform("speak", { text: "presence_leave" })
    client.command("message", "presence_leave")
    client.command("presence_leave", client.identifier)
    client.close
    # The heartbeat was answered where it came in.
    3.times { take(:dispatch_websocket_message).call }
    take(:handle_close).call
    expect(room.member("ada").sessions).to eq(0)
    expect(room.online?("ada")).to be(true)
  end

  it "keeps nothing of a goodbye that was heard" do
    client.perform("presence_leave")
    wait_until { !room.online?("ada") }
    connection = server.connection_of("ada")
    kept = connection.instance_variable_get(:@presence_farewells)
    wait_until { kept.empty? }
    # One that speaks again is another session's, and gone after the grace only.
    client.unsubscribe
    wait_until("its end, as the pool knows no order") { connection.subscriptions.identifiers.empty? }
    client.subscribe
    wait_until { room.online?("ada") }
    hold_jobs
    client.close
    take(:handle_close).call
    expect(room.online?("ada")).to be(true)
  end

  it "bounds what a client can make it keep" do
    hold_jobs
    (described_class::MOST + 50).times { client.perform("presence_leave") }
    client.perform("presence_leave", { padding: "x" * described_class::LONGEST })
    wait_until { jobs.size == described_class::MOST + 51 }
    kept = server.connection_of("ada").instance_variable_get(:@presence_farewells)
    expect(kept.size).to eq(described_class::MOST)
    jobs.size.times { take(:dispatch_websocket_message).call }
    gone
    expect(kept).to be_empty
  end

  it "leaves alone an Action Cable that is not as it knows it" do
    expect(described_class.fits?(ActionCable::Connection::Base)).to be(true)
    expect(described_class.fits?(Class.new)).to be(false)
  end
end
