# frozen_string_literal: true

require "action_cable"
require "presence_rs/channel"

# The race itself needs a browser (spec/system): here is what happens to a message that Action Cable has dropped.
RSpec.describe PresenceRs::Hub::LastWords do
  let(:connection_class) do
    base = Class.new do
      attr_reader :told

      def initialize = @told = []
      def receive(message) = @told << [:received, message.bytesize]
      def handle_channel_command(command) = command["data"] == "raise" ? raise("no") : @told << command["data"]
      def decode(message) = JSON.parse(message)
      def handle_close = @told << :closed
    end
    Class.new(base) { prepend PresenceRs::Hub::LastWords }
  end
  let(:connection) { connection_class.new }

  def goodbye(**rest) = JSON.generate({ action: "presence_leave", **rest })

  def told_at_the_end
    connection.told.clear
    connection.send(:handle_close)
    connection.told
  end

  it "stands before every connection once a channel has presence" do
    Class.new(ActionCable::Channel::Base) { include PresenceRs::Channel }
    expect(ActionCable::Connection::Base.ancestors.first(2)).to eq([described_class, ActionCable::Connection::Base])
    expect(ActionCable::Connection::Base.private_method_defined?(:handle_close)).to be(true)
  end

  it "says a goodbye again before the subscriptions are ended" do
    connection.receive(goodbye(data: "bye"))
    expect(told_at_the_end).to eq(["bye", :closed])
  end

  it "says nothing else again" do
    connection.receive(JSON.generate({ action: "presence_heartbeat", data: "beat" }))
    connection.receive(goodbye(data: "x" * 2_000))
    expect(connection.told.size).to eq(2)
    expect(told_at_the_end).to eq([:closed])
  end

  it "keeps the last twenty, whatever a client floods it with" do
    30.times { |i| connection.receive(goodbye(data: i)) }
    expect(told_at_the_end).to eq([*10..29, :closed])
  end

  it "reports one that raises, and closes all the same" do
    allow(PresenceRs).to receive(:report)
    connection.receive(goodbye(data: "raise"))
    connection.receive("{presence_leave")
    expect(told_at_the_end).to eq([:closed])
    expect(PresenceRs).to have_received(:report).twice
  end
end
