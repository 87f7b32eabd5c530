# frozen_string_literal: true

require "spec_helper"
require_relative "support"

RSpec.describe PresenceRs::Hub::Session do
  include HubSupport

  let(:registry) { PresenceRs::Registry.new(ttl: 30, coalesce: 0, clock: PresenceRs::ManualClock.new) }
  let(:hub) { registry.hub }
  let(:room) { registry["lobby"] }
  let(:socket) { HubSupport::Recorder.new }
  let(:seat) { PresenceRs::Hub::Seat.new(hub, room, socket, PresenceRs::Hub::Notices.new(socket)) }
  let(:session) { session_of("ada") }

  after { registry.close }

  def session_of(member)
    described_class.new(seat, member).tap do |made|
      made.present(PresenceRs::Hub::SessionMeta.new({ name: member }, [:typing], 4_096), nil)
    end
  end

  def words
    [session.join, session.beat, session.touch, session.change({ "typing" => true }, 1), session.replace({ a: 1 })]
  end

  it "has a token that nobody can guess, of its own" do
    expect([session.token, session_of("ada").token]).to all(match(/\A[\w-]{22}\z/))
    expect(session.token).not_to eq(session_of("ada").token)
  end

  it "does all that it is asked while it is not over" do
    expect(words).to all(be(true))
    expect(room.member("ada").metas).to eq([{ "a" => 1 }])
    expect(hub.roll[session.token]).to equal(session)
  end

  {
    "left" => [:finish], "left with linger" => [:finish, 3], "revoked" => [:revoke]
  }.each do |what, (method, *arguments)|
    it "does nothing any more once it is #{what}" do
      session.join
      session.public_send(method, *arguments)
      room.leave("ada", session: session.token)
      %i[join try_join].each { |name| expect(registry.store).not_to receive(name) }
      expect(registry.store).not_to receive(:update)
      expect(words).to all(be(false))
      expect(hub.roll.size).to eq(0)
    end

    it "does nothing at all when it is #{what} before it joins" do
      session.public_send(method, *arguments)
      expect(words).to all(be(false))
      expect(room.count).to eq(0)
    end
  end

  it "does not even join where the socket is closed" do
    socket.open = false
    %i[join try_join].each { |name| expect(registry.store).not_to receive(name) }
    expect(session.join).to be(false)
  end

  it "leaves no session that it did not join" do
    %i[leave try_leave].each { |name| expect(registry.store).not_to receive(name) }
    session.finish
  end

  it "may be sent away from inside of its own join, by who listens to that" do
    require "active_support"
    require "active_support/notifications"
    listener = ->(*) { room.leave_all("ada") }
    ActiveSupport::Notifications.subscribed(listener, "join.presence_rs") { session.join }
    expect(session).to be_over
    expect(room.online?("ada")).to be(false)
  end
end
