# frozen_string_literal: true

require "spec_helper"
require "presence_rs/hub"
require_relative "../channel/support"
require_relative "../channel/server"

RSpec.describe PresenceRs::Hub::Wire do
  include ChannelSupport

  let(:server) { CableServer.new }
  let(:browser) { server.connect("ada") }
  let(:connection) do
    browser.wait_for { |message| message["type"] == "welcome" }
    wait_until { server.cable.connections.first }
  end
  let(:message) { PresenceRs::Hub::Message.of(type: "presence_ack", topic: "é<") }
  let(:identifier) { browser.identifier(id: "ü") }
  let(:wire) { described_class.of(connection) }

  after do
    browser.close
    server.stop
  end

  def arrives
    expect(wire.transmit(message, identifier)).to be(true)
    browser.wait_for { |got| got["identifier"] == identifier && got["message"] == message.data }
  end

  it "writes frames to a stock connection" do
    expect(wire).to be_a(described_class::Frames)
    arrives
  end

  it "hands text to one whose driver has an extension, which may change what is framed" do
    extension = Class.new do
      define_method(:name) { "x-nothing" }
      define_method(:type) { "permessage" }
      %i[rsv1 rsv2 rsv3].each { |bit| define_method(bit) { false } }
    end.new
    driver = connection.send(:websocket).send(:websocket).instance_variable_get(:@driver)
    driver.add_extension(extension)
    expect(wire).to be_a(described_class::Texts)
    arrives
  end

  it "hands text to one whose socket is another class" do
    socket = connection.send(:websocket).send(:websocket)
    allow(socket).to receive(:class).and_return(Class.new)
    expect(wire).to be_a(described_class::Texts)
    arrives
  end

  %i[transmit encode].each do |method|
    it "hands objects to one that overrides #{method}" do
      seen = []
      connection.define_singleton_method(method) do |given|
        seen << given
        super(given)
      end
      expect(wire).to be_a(described_class::Objects)
      arrives
      expect(seen).to include(include(identifier: identifier))
    end
  end

  it "hands objects to one with another coder" do
    coder = Class.new do
      def encode(object) = ActiveSupport::JSON.encode(object)
      def decode(text) = ActiveSupport::JSON.decode(text)
    end.new
    connection.instance_variable_set(:@coder, coder)
    expect(wire).to be_a(described_class::Objects)
    arrives
  end

  it "hands objects to what is no connection of Action Cable's" do
    stub = ActionCable::Channel::ConnectionStub.new
    wire = described_class.of(stub)
    expect(wire.transmit(message, identifier)).to be(true)
    expect(stub.transmissions).to eq([{ "identifier" => identifier, "message" => message.data }])
    expect([wire.alive?, wire.backlog, wire.backlog_bytes]).to eq([true, 0, 0])
  end

  it "says that a closed one takes nothing any more" do
    wires = [described_class.of(connection), described_class::Texts.new(connection.send(:websocket))]
    objects = described_class::Objects.new(connection)
    expect([*wires, objects].map(&:alive?)).to eq([true, true, true])
    browser.close
    wait_until { server.cable.connections.empty? }
    expect([*wires, objects].map(&:alive?)).to eq([false, false, false])
    expect(wires.map { |wire| wire.transmit(message, identifier) }).to eq([false, false])
  end

  it "counts what waits for the client to read" do
    expect([wire.backlog, wire.backlog_bytes]).to eq([0, 0])
    deaf = server.connect("deaf", read: false, receive_buffer: 4_096)
    deaf_wire = described_class.of(server.connection_of("deaf"))
    large = PresenceRs::Hub::Message.of(text: "x" * 1_000_000)
    wait_until("writes to wait") do
      deaf_wire.transmit(large, identifier)
      deaf_wire.backlog > 2
    end
    frame = large.frame(identifier).bytesize
    # Between the two the event loop may get rid of one more.
    wait_until("both to agree") { deaf_wire.backlog_bytes == deaf_wire.backlog * frame }
    200.times { deaf_wire.transmit(large, identifier) }
    expect(deaf_wire.backlog_bytes).to eq(described_class::Frames::SIZES * frame)
    deaf.cut
  end
end
