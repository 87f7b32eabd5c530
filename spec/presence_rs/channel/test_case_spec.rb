# frozen_string_literal: true

require "spec_helper"
require_relative "support"

# What an app writes to test its channels, as Rails' guide shows it.
RSpec.describe ActionCable::Channel::TestCase, "of a channel with presence" do
  include ChannelSupport

  before do
    registry
    stub_const("RoomChannel", room_channel)
    # What config/cable.yml says of the test environment.
    allow(ActionCable.server.config).to receive(:cable).and_return({ "adapter" => "test" })
  end

  # Runs one test of a test case of Rails' own.
  def run_test(&body)
    test_case = Class.new(described_class) do
      def self.name
        "RoomChannelTest"
      end
      tests RoomChannel
      define_method(:test_it, &body)
    end
    result = Minitest.run_one_method(test_case, "test_it")
    expect(result.failures.map(&:message)).to be_empty
    expect(result.assertions).to be_positive
  end

  it "subscribes, performs and sees what was sent" do
    run_test do
      stub_connection current_user: "ada"
      subscribe
      assert_predicate subscription, :confirmed?
      assert_no_streams
      assert_equal(%w[presence_session presence_state], transmissions.map { |message| message["type"] })
      perform :presence_heartbeat
      assert_equal "presence_ack", transmissions.last["type"]
      perform :presence_update, meta: { typing: true }
      assert_equal({ "name" => "ada", "typing" => true }, PresenceRs["lobby"].member("ada").metas.first)
      unsubscribe
      assert_equal 0, PresenceRs["lobby"].member("ada").sessions
    end
  end

  it "emits events, and sees those that come" do
    stub_const("RoomChannel", channel_class do
      def subscribed = track_presence("lobby", as: current_user, events: :cheer)
      def presence_event(_name, data, to:) = to.nil? && data["lane"] == 9 ? false : data
    end)
    run_test do
      stub_connection current_user: "ada"
      subscribe
      PresenceRs["lobby"].emit("start", { at: 1 })
      assert_equal ["start", { "at" => 1 }], transmissions.last.values_at("event", "data")
      perform :presence_emit, event: "cheer", data: { lane: 9 }
      assert_equal %w[presence_error forbidden], transmissions.last.values_at("type", "code")
      assert_no_difference("transmissions.size") { perform :presence_emit, event: "cheer", data: { lane: 1 } }
    end
  end

  it "sees a rejection" do
    run_test do
      stub_connection current_user: "ada"
      subscribe topic: "x" * 256
      assert_predicate subscription, :rejected?
      assert_equal "invalid_name", transmissions.last["code"]
    end
  end
end
