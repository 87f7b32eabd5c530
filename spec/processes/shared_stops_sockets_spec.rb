# frozen_string_literal: true

require_relative "../presence_rs/channel/support"
require_relative "../presence_rs/channel/server"
require_relative "support/shared/worker"

# What the sockets of one process notice while another is stopped in the middle of a write.
#
#   SHARED_STOP=10 bundle exec rspec spec/processes/shared_stops_sockets_spec.rb    # after so many seconds
RSpec.describe "Sockets beside a process on the shared store that is stopped" do
  include ChannelSupport

  let(:ttl) { 3 }
  # Longer than the ttl.
  let(:seconds) { Float(ENV.fetch("SHARED_STOP", 4)) }
  let(:path) { File.join(@directory, "presence") }
  let(:witness) { SharedWorker.start(path:, ttl:, beat: 0.3) }
  let(:victim) { SharedWorker.start(path:, ttl:, beat: 0.3) }
  let(:server) { CableServer.new }
  let(:socket) { server.connect("ada") }

  around { |example| Dir.mktmpdir { |directory| (@directory = directory) && example.run } }

  before do
    # Forked first: this process has no threads of its own yet that they would miss.
    witness.ask("keep", "lobby", "bob", "tab")
    victim.ask("keep", "lobby", "carl", "tab")
    # A group of its own: where the shell ends that this was started from, the kernel wakes all of its group who are stopped.
    Process.setpgid(victim.pid, victim.pid)
    registry_with(clock: nil, ttl:, store: [:shared, { path: }])
    stub_const("RoomChannel", room_channel)
    socket.subscribe
    wait_until("all to be on the page's list") { page.ids == %w[ada bob carl] }
  end

  after do
    socket.close
    server.stop
    registry.close
  end

  # What the page shows by what it was sent so far; an ack of something else would raise.
  def page = socket.received.each_with_object(ChannelSupport::Page.new) { |message, page| page.take(message) }

  def acks = socket.received.count { |message| message["type"] == "presence_ack" }

  # Each heartbeat is answered before the next is sent.
  def beat
    before = acks
    socket.perform("presence_heartbeat")
    wait_until(-> { "an ack; received: #{socket.received.last(3)}" }) { acks > before }
  end

  it "beat and are answered all the while, keep their list, and hear of what comes after it" do
    victim.send("store", "halfway", Signal.list.fetch("STOP"))
    victim.wait_until_stopped
    deadline = Waiting.now + seconds
    while Waiting.now < deadline
      beat
      expect(page.ids).to eq(%w[ada bob carl])
      sleep 0.2
    end
    expect(StandingStill.still?(victim.pid)).to be(true)

    victim.signal("CONT")
    expect(victim.answer).to be_nil
    # Others may not try to write for a while after they could not.
    wait_until { witness.ask("call", "lobby", "join", "dora", { ttl: 3_600 }) rescue nil } # rubocop:disable Style/RescueModifier
    wait_until("the page to hear of it") { beat && page.ids == %w[ada bob carl dora] }
    left = socket.received.flat_map { |message| message["leaves"] || [] }
    expect(left.map { |leave| leave["id"] }).not_to include("ada")
  end
end
