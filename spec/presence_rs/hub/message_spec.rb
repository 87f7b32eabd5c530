# frozen_string_literal: true

require "spec_helper"
require "presence_rs/hub/message"

RSpec.describe PresenceRs::Hub::Message do
  subject(:message) { described_class.of(type: "presence_ack", topic: "a<b") }

  let(:identifier) { '{"channel":"RoomChannel","id":"\u00fc"}' }

  it "escapes what would end a script or begin an entity" do
    expect(described_class.of(a: "</script>&\u2028\u2029").json).to eq('{"a":"\u003c/script\u003e\u0026\u2028\u2029"}')
  end

  describe "#text" do
    it "is the envelope that Action Cable's clients read" do
      expect(JSON.parse(message.text(identifier)))
        .to eq("identifier" => identifier, "message" => { "type" => "presence_ack", "topic" => "a<b" })
    end

    it "is one frozen String for all sockets of an identifier" do
      expect(message.text(identifier)).to be_frozen.and equal(message.text(identifier.dup))
    end

    it "is not kept for more identifiers than a few, as each may be a page's own" do
      identifiers = Array.new(described_class::KEPT + 1) { |number| "page #{number}" }
      identifiers.each { |name| message.text(name) }
      expect(message.text(identifiers.first)).to equal(message.text(identifiers.first))
      expect(message.text(identifiers.last)).not_to equal(message.text(identifiers.last))
    end

    it "differs for another identifier" do
      expect(message.text(identifier)).not_to eq(message.text("other"))
    end
  end

  describe "#frame" do
    # What WebSocket's own driver makes of the text.
    def driver_frame(text)
      socket = Class.new do
        attr_reader :written

        def env
          { "HTTP_SEC_WEBSOCKET_KEY" => "dGhlIHNhbXBsZSBub25jZQ==", "HTTP_SEC_WEBSOCKET_VERSION" => "13",
            "HTTP_CONNECTION" => "Upgrade", "HTTP_UPGRADE" => "websocket", "REQUEST_METHOD" => "GET" }
        end

        def url
          "ws://example.test/"
        end

        def write(data)
          @written = data.b
        end
      end.new
      driver = WebSocket::Driver.rack(socket)
      driver.start
      driver.text(text)
      socket.written
    end

    before { require "websocket/driver" }

    # A message whose text has this many bytes.
    def sized(size)
      room = size - described_class.new("").text("i").bytesize
      described_class.new("é" * (room / 2) + ("a" * (room % 2)))
    end

    # The lengths at which a frame's header grows.
    [125, 126, 127, 65_535, 65_536, 70_000].each do |size|
      it "is what the driver would write, for a text of #{size} bytes" do
        expect(sized(size).text("i").bytesize).to eq(size)
        expect(sized(size).frame("i")).to eq(driver_frame(sized(size).text("i")))
      end
    end

    it "is one frozen String for all sockets of an identifier" do
      expect(message.frame(identifier)).to be_frozen.and equal(message.frame(identifier.dup))
    end
  end

  describe "#data" do
    it "is the object, for connections that encode by themselves" do
      expect(message.data).to eq("type" => "presence_ack", "topic" => "a<b")
    end
  end
end
