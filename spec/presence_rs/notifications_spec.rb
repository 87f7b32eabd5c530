# frozen_string_literal: true

require "active_support"
require "active_support/notifications"

# What ActiveSupport::Notifications is told, and that whom nobody listens to does not pay for it.
RSpec.describe "Notifications" do
  let(:clock) { PresenceRs::ManualClock.new }
  let(:registry) { PresenceRs::Registry.new(clock:) }
  let(:room) { registry["room"] }

  def told(&)
    events = []
    here = Thread.current # the ticker of another registry may sweep meanwhile
    listener = ->(name, _start, _finish, _id, payload) { events << [name, payload] if Thread.current == here }
    ActiveSupport::Notifications.subscribed(listener, /\.presence_rs\z/, &)
    events
  end

  it "tell of joins and leaves, and whether they changed anything" do
    events = told do
      room.join("ada", session: "one")
      room.join("ada", session: "two")
      room.leave("ada", session: "one")
      room.leave_all("ada")
    end
    expect(events).to eq([true, false].map { |result| ["join.presence_rs", { topic: "room", member: "ada", result: }] } +
                         [false, true].map { |result| ["leave.presence_rs", { topic: "room", member: "ada", result: }] })
  end

  it "tell nothing of a touch, a read or a tick without anything due" do
    room.join("ada")
    events = told { [room.touch("ada"), room.online?("ada"), room.count, room.members] }
    expect(events).to eq([])
  end

  it "tell of each sweep of the ticker" do
    ticking = PresenceRs::Registry.new(coalesce: 0)
    sweeps = Queue.new
    listener = ->(*) { sweeps << true }
    ActiveSupport::Notifications.subscribed(listener, "sweep.presence_rs") do
      ticking["room"].join("ada")
      expect(sweeps.pop(timeout: 30)).to be(true)
    end
  ensure
    ticking.close
  end

  it "cost a join and a leave that nobody listens to no more than without" do
    expect(registry.store).to receive(:try_join).and_call_original
    expect(registry.store).to receive(:try_leave).and_call_original
    expect(registry.store).not_to receive(:join)
    expect(registry.store).not_to receive(:leave)
    expect([room.join("ada"), room.leave("ada")]).to eq([true, true])
  end

  it "hinder no signal handler that is the first to join" do
    program = <<~RUBY
      require "active_support"
      require "active_support/notifications"
      require "presence_rs"
      registry = PresenceRs::Registry.new
      trap("USR2") { puts [registry["room"].join("ada"), registry["room"].leave("ada")].inspect }
      Process.kill("USR2", Process.pid)
      registry.close
    RUBY
    output = IO.popen([RbConfig.ruby, "-I#{$LOAD_PATH.join(":")}", "-e", program, { err: %i[child out] }], &:read)
    expect(output).to eq("[true, true]\n")
  end
end
