# frozen_string_literal: true

require "spec_helper"
require_relative "support"
require_relative "../../../app/channels/presence_rs/topic_channel"

RSpec.describe PresenceRs::TopicChannel do
  include TagsSupport

  before do
    # Of the process, as it is looked up while it runs.
    @identify = @authorize = nil
    PresenceRs.configure do |config|
      config.identify = ->(request) { @identify&.call(request) }
      config.authorize = ->(request, topic, action) { @authorize.nil? || @authorize.call(request, topic, action) }
    end
  end

  after { PresenceRs.configure { |config| config.identify = config.authorize = nil } }

  def list(topic = "lobby", **) = element(view.presence_list_tag(topic, **))
  def count(topic = "lobby", **) = element(view.presence_count_tag(topic, **))

  # The page of a tag.
  def page_of(element, user: nil)
    params = { topic: element["signed-topic"], join: element["signed-join"] }.compact
    subscribe(user, channel: described_class, **params)
  end

  def rejected?(client) = client.channel.send(:subscription_rejected?)

  def reports
    [].tap { |list| allow(PresenceRs).to receive(:report) { |error, context = {}| list << [error, context] } }
  end

  it "follows the topic of a ticket, and lists nobody" do
    registry["lobby"].join("ada", meta: { name: "Ada" })
    bob = page_of(list, user: "bob")
    expect(bob.fresh).to match([{ "type" => "viewer", "id" => "bob" },
                                hash_including("type" => "presence_state", "topic" => "lobby", "count" => 1)])
    expect(bob.page.ids).to eq(["ada"])
    room.join("cleo")
    tick
    expect(bob.page.ids).to eq(%w[ada cleo])
    expect(room.ids).to contain_exactly("ada", "cleo")
  end

  describe "a ticket that is none" do
    forged = {
      "no ticket" => {},
      "a topic's name" => { topic: "lobby" },
      "an empty one" => { topic: "" },
      "no String" => { topic: { "topic" => "lobby" } },
      "a long one" => { topic: "x" * 100_000 },
      "one signed with another key" => lambda {
        verifier = ActiveSupport::MessageVerifier.new("another" * 10, digest: "SHA256", serializer: JSON)
        { topic: verifier.generate('{"topic":"lobby","list":true}', purpose: "presence_rs.topic") }
      },
      "one for something else" => -> { { topic: PresenceRs::Tags::Ticket.sign(:join, topic: "lobby", list: true) } }
    }
    forged.each do |name, params|
      it "is rejected, and told nothing: #{name}" do
        errors = reports
        client = subscribe("ada", channel: described_class, **(params.is_a?(Proc) ? instance_exec(&params) : params))
        expect(rejected?(client)).to be(true)
        expect(client.messages.compact).to be_empty
        expect(errors).to be_empty
      end
    end
  end

  describe "config.authorize" do
    it "is asked as well, with the request of the connection" do
      asked = []
      @authorize = ->(request, *rest) { asked << [request.class, *rest] and false }
      expect(rejected?(page_of(list))).to be(true)
      expect(asked).to eq([[ActionDispatch::Request, "lobby", :read]])
    end

    it "refuses where it raises, and that is reported" do
      errors = reports
      @authorize = ->(*) { raise "who?" }
      expect(rejected?(page_of(list))).to be(true)
      expect(errors).to match([[have_attributes(message: "who?"), { in: "config.authorize", topic: "lobby", action: :read }]])
    end

    it "may let somebody watch and not join" do
      @authorize = ->(_request, _topic, action) { action == :read }
      ada = page_of(list(join: "ada"), user: "ada")
      expect([ada.types, room.count]).to eq([%w[viewer state], 0])
    end
  end

  describe "a ticket to join" do
    it "lists the very person whose connection it is, with what the view says" do
      ada = page_of(list(join: "ada", meta: { name: "Ada" }, permit: [:mood]), user: "ada")
      expect(room.member("ada").metas).to eq([{ "name" => "Ada" }])
      ada.perform(:presence_update, meta: { mood: "fine", name: "Bob" })
      expect(room.member("ada").metas).to eq([{ "name" => "Ada", "mood" => "fine" }])
    end

    it "is only a watcher's on the connection of somebody else, or of nobody" do
      page = list(join: "ada", meta: { name: "Ada" })
      ["bob", nil].each { |user| expect(page_of(page, user: user).types).to eq(%w[viewer state]) }
      expect(room.ids).to be_empty
    end

    it "is only good for its own topic" do
      lobby = list("lobby", join: "ada")
      ada = subscribe("ada", channel: described_class, topic: lobby["signed-topic"], join: list("club", join: "ada")["signed-join"])
      expect([ada.types, registry.topics]).to eq([%w[viewer state], []])
    end

    it "is for whom config.identify names, before the connection's own identifier" do
      @identify = ->(_request) { "ada" }
      page_of(list(join: "ada"), user: "bob")
      page_of(list(join: "bob"), user: "bob")
      expect(room.ids).to eq(["ada"])
    end

    it "is reported where nothing tells who a connection is" do
      PresenceRs.configure { |config| config.identify = nil }
      errors = reports
      page = list(join: "ada")
      client(described_class, connection: ActionCable::Channel::ConnectionStub.new({}), topic: page["signed-topic"],
                              join: page["signed-join"]).subscribe
      expect(errors.map { |error,| error.message }).to match([/nothing tells who the cable connection is: set config.identify/])
      expect(room.ids).to be_empty
    end
  end

  describe "who looks at a page" do
    def viewer_of(client) = client.messages.select { |message| message["type"] == "viewer" }.map { |message| message["id"] }

    it "is told to it, whoever its tags were made for, and whether they join or watch" do
      expect(viewer_of(page_of(list(join: "ada"), user: "ada"))).to eq(["ada"])
      expect(viewer_of(page_of(list(join: "ada"), user: "bob"))).to eq(["bob"])
      expect(viewer_of(page_of(list(join: "ada")))).to eq([nil])
    end

    it "is whom config.identify names, before the connection's own identifier" do
      @identify = ->(_request) { "ada" }
      expect(viewer_of(page_of(list, user: "bob"))).to eq(["ada"])
    end

    it "is not told where nobody asks, where nothing can tell it, and to whom is not let in" do
      expect(viewer_of(page_of(count, user: "ada"))).to eq([])
      @authorize = ->(*) { false }
      expect(viewer_of(page_of(list, user: "ada"))).to eq([])
      @authorize = nil
      PresenceRs.configure { |config| config.identify = nil }
      nameless = ActionCable::Channel::ConnectionStub.new({})
      expect(viewer_of(client(described_class, connection: nameless, topic: list["signed-topic"]).subscribe)).to eq([])
    end
  end

  describe "a ticket for a count" do
    it "brings how many there are at each change, and nobody" do
      room.join("ada", meta: { name: "Ada" })
      bob = page_of(count)
      room.join("cleo")
      tick
      room.leave("ada")
      room.leave("cleo")
      tick
      expect(bob.fresh.map { |message| message.values_at("type", "count", "sample", "members") })
        .to eq([["presence_state", 1, true, []], ["presence_state", 2, true, []], ["presence_state", 0, true, []]])
      expect(JSON.generate(bob.messages)).not_to include("Ada")
    end

    it "gives no part of the list either" do
      room.join("ada")
      bob = page_of(count)
      bob.fresh
      bob.perform(:presence_page, after: nil, limit: 10)
      bob.perform(:presence_sync)
      expect(bob.fresh.map { |message| message.values_at("type", "code", "members") })
        .to eq([["presence_error", "invalid_page", nil], ["presence_state", nil, []]])
    end
  end

  describe "#dots" do
    def dot(user) = element(view.presence_dot_tag(user, topic: "lobby"))["signed-member"]

    def online(client, data)
      client.fresh
      client.perform(:dots, data)
      client.fresh.map { |message| message.values_at("type", "dots", "online") }
    end

    it "tells which of those whom a view has signed are online, and goes on by a number" do
      room.join("ada")
      room.join("cleo")
      page = page_of(count)
      expect(online(page, { dots: 1, members: [dot("ada"), dot("bob")] })).to eq([["dots", 1, ["ada"]]])
      room.leave("ada")
      room.join("bob")
      expect(online(page, { dots: 1 })).to eq([["dots", 1, ["bob"]]])
    end

    it "tells nothing of others: by name, by another topic's ticket, or by a number that it does not know" do
      room.join("ada")
      page = page_of(count)
      elsewhere = element(view.presence_dot_tag("ada"))["signed-member"]
      expect(online(page, { dots: 1 })).to eq([["dots", nil, nil]])
      expect(online(page, { dots: 1, members: ["ada", elsewhere, nil, 5, {}] })).to eq([["dots", 1, []]])
      expect(online(page, { dots: 2 })).to eq([["dots", nil, nil]])
    end

    it "is answered so often at most" do
      page = page_of(count)
      at_once { 20.times { page.perform(:dots, dots: 1) } }
      expect(page.fresh.count { |message| message["type"] == "dots" }).to eq(10)
    end
  end

  it "lets clients call the actions of presence and dots, and nothing else" do
    own = described_class.action_methods.reject { |name| name.start_with?("presence_") }
    expect(own).to eq(["dots"])
  end
end
