# frozen_string_literal: true

require "spec_helper"
require_relative "support"

RSpec.describe PresenceRs::Channel, "#presence_page" do
  include ChannelSupport

  def page(client, **data)
    client.perform(:presence_page, data)
  end

  def ids(message)
    message["members"].map { |member| member["id"] }
  end

  def crowd(number)
    number.times { |n| room.join(format("m%03d", n)) }
    tick
  end

  it "sends a part of the list of a topic that is too large for one" do
    registry_with(list_limit: 10)
    crowd(30)
    watcher = watch
    expect(watcher.fresh.last).to include("sample" => true, "count" => 30)
    page(watcher, after: "m009", limit: 5)
    expect(watcher.fresh).to match([include("type" => "presence_page", "topic" => "lobby", "count" => 30, "after" => "m009",
                                            "limit" => 5, "next" => "m014", "members" => have_attributes(size: 5))])
  end

  it "begins without `after`, with a hundred members where no limit is given" do
    crowd(101)
    watcher = watch
    watcher.fresh
    page(watcher)
    found = watcher.fresh.last
    expect([ids(found).size, found["next"], found["after"], found["limit"]]).to eq([100, "m099", nil, 100])
  end

  it "is answered once a second at most, the last of many with the client's next word" do
    crowd(3)
    watcher = watch
    watcher.fresh
    1_000.times { |n| page(watcher, limit: (n % 3) + 1) }
    expect(watcher.fresh.map { |message| message["limit"] }).to eq([1])
    clock.advance(0.999)
    watcher.perform(:presence_heartbeat)
    expect(watcher.types).to eq(["ack"])
    clock.advance(0.001)
    watcher.perform(:presence_heartbeat)
    expect(watcher.fresh.map { |message| message.values_at("type", "limit") }).to eq([["presence_page", 1], ["presence_ack", nil]])
  end

  it "answers one that came too early as soon as a second is over" do
    registry_with(clock: nil)
    crowd(3)
    watcher = watch
    watcher.fresh
    at_once { (1..3).each { |limit| page(watcher, limit: limit) } }
    wait_until("the last page") { watcher.messages.last["limit"] == 3 }
    expect(watcher.fresh.map { |message| message["limit"] }).to eq([1, 3])
  end

  it "tells what was wrong, and sends no page" do
    watcher = watch
    watcher.fresh
    [{ limit: 0 }, { limit: "x" }, { limit: nil }, { limit: 1_001 }, { after: "" }, { after: 7 }, { after: {} },
     { after: "x" * 256 }].each do |data|
      page(watcher, **data)
      expect(watcher.fresh).to match([include("type" => "presence_error", "code" => "invalid_page", "topic" => "lobby")]), data.inspect
    end
  end

  it "is a word from the client" do
    ada = subscribe("ada")
    pass(29)
    page(ada)
    pass(29)
    expect(room.online?("ada")).to be(true)
  end

  it "sends nothing of a topic that is followed no more" do
    leaver = subscribe("ada", channel: channel_class(room_channel) { define_method(:go) { |_data| untrack_presence } })
    page(leaver)
    page(leaver)
    leaver.perform(:go)
    leaver.fresh
    clock.advance(1)
    page(leaver)
    leaver.perform(:presence_heartbeat)
    expect(leaver.fresh).to eq([])
  end

  it "sends nothing to one who may see only how many there are, though it asked before" do
    shy = subscribe(nil, channel: channel_class(watch_channel) { define_method(:shy) { |_data| observe_presence("lobby", list: false) } })
    crowd(3)
    page(shy)
    page(shy)
    shy.perform(:shy)
    clock.advance(1)
    shy.fresh
    shy.perform(:presence_heartbeat)
    expect(shy.types).to eq(["ack"])
    page(shy)
    expect(shy.fresh).to match([include("type" => "presence_error", "code" => "invalid_page")])
  end

  it "sends nothing to a socket in which a lot waits already" do
    watcher = watch
    watcher.fresh
    allow_any_instance_of(PresenceRs::Hub::Socket).to receive(:backlog).and_return(9)
    page(watcher)
    expect(watcher.fresh).to eq([])
  end
end
