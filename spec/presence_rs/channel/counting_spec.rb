# frozen_string_literal: true

require "spec_helper"
require_relative "support"

RSpec.describe PresenceRs::Channel, "#observe_presence with list: false" do
  include ChannelSupport

  # Counts, and turns to the list and back.
  let(:counter) do
    channel_class do
      define_method(:subscribed) { observe_presence("lobby", list: false) }
      define_method(:turn) { |data| observe_presence("lobby", list: data["list"]) }
      define_method(:enter) { |data| track_presence("lobby", as: data["as"]) }
    end
  end

  def counts(client) = client.fresh.map { |message| message.values_at("type", "count", "sample", "members") }

  it "sends states of nobody, one for each diff" do
    room.join("ada", meta: { name: "Ada" })
    eve = subscribe(channel: counter)
    room.join("bob")
    tick
    room.leave("ada")
    room.leave("bob")
    tick
    expect(counts(eve)).to eq([["presence_state", 1, true, []], ["presence_state", 2, true, []], ["presence_state", 0, true, []]])
    expect(JSON.generate(eve.messages)).not_to match(/ada/i)
    expect(eve.messages.first).to include("heartbeat" => 10.0, "topic" => "lobby")
  end

  it "acks heartbeats as ever" do
    room.join("ada")
    eve = subscribe(channel: counter)
    eve.fresh
    eve.perform(:presence_heartbeat)
    expect(eve.fresh).to match([hash_including("type" => "presence_ack", "count" => 1, "version" => 1)])
  end

  it "turns to the list and back, and says so at once" do
    room.join("ada")
    eve = subscribe(channel: counter)
    eve.fresh
    eve.perform(:turn, list: true)
    expect(eve.fresh).to match([hash_including("type" => "presence_state", "members" => [hash_including("id" => "ada")])])
    pass(2)
    eve.perform(:turn, list: false)
    expect(counts(eve)).to eq([["presence_state", 1, true, []]])
    pass(2)
    eve.perform(:enter, as: "eve")
    expect(eve.types.uniq.sort).to include("session", "state")
    expect(eve.messages.last["members"] || eve.messages.last["joins"]).not_to be_empty
  end

  it "gives neither a part of the list nor what members say to each other" do
    room.join("ada")
    eve = subscribe(channel: counter)
    eve.fresh
    room.emit("cheer", { lane: 1 })
    eve.perform(:presence_page, after: nil, limit: 10)
    expect(eve.fresh.map { |message| message.values_at("type", "code") }).to eq([%w[presence_error invalid_page]])
  end
end
