# frozen_string_literal: true

require "spec_helper"
require_relative "support"

RSpec.describe PresenceRs::Channel, "#presence_update" do
  include ChannelSupport

  let(:ada) { subscribe("ada") }

  def update(meta, **rest)
    ada.perform(:presence_update, meta: meta, **rest)
  end

  def shown
    room.member("ada").metas.first
  end

  def errors
    ada.messages.select { |message| message["type"] == "presence_error" }
  end

  it "replaces the keys that are permitted, and nothing else" do
    update({ typing: true, name: "root", admin: true })
    expect(shown).to eq("name" => "ada", "typing" => true)
    tick
    expect(ada.fresh.last).to include("type" => "presence_diff", "updates" => [include("metas" => [shown])])
  end

  it "takes null for a value" do
    update({ typing: nil })
    expect(shown).to eq("name" => "ada", "typing" => nil)
  end

  it "permits nothing where nothing is said" do
    channel = channel_class { def subscribed = track_presence("lobby", as: current_user, meta: { name: "Ada" }) }
    client = subscribe("ada", channel: channel)
    client.perform(:presence_update, meta: { name: "Eve", typing: true })
    expect(shown).to eq("name" => "Ada")
  end

  it "is a word from the client" do
    ada
    pass(29)
    update({ typing: true })
    pass(29)
    expect(room.online?("ada")).to be(true)
  end

  it "is one even where nothing of it is permitted" do
    ada
    pass(29)
    update({ admin: true })
    pass(29)
    expect(room.online?("ada")).to be(true)
  end

  it "brings an expired session back, as it shows itself now" do
    ada
    pass(31)
    update({ typing: 1 })
    expect(shown).to eq("name" => "ada", "typing" => 1)
  end

  it "does nothing for one who watches" do
    watcher = watch
    watcher.fresh
    watcher.perform(:presence_update, meta: { typing: true })
    expect(watcher.fresh).to be_empty
    expect(room.count).to eq(0)
  end

  describe "seq" do
    it "orders what came out of order" do
      update({ typing: 2 }, seq: 2)
      update({ typing: 1 }, seq: 1)
      expect(shown["typing"]).to eq(2)
    end

    it "that was there already is ignored" do
      update({ typing: 1 }, seq: 1)
      update({ typing: 2 }, seq: 1)
      expect(shown["typing"]).to eq(1)
    end

    it "may be left out" do
      update({ typing: 1 }, seq: 5)
      update({ typing: 2 })
      update({ typing: 3 }, seq: 4)
      expect(shown["typing"]).to eq(2)
    end

    it "of another type is an error" do
      ["1", 1.5, [], {}, true].each { |seq| update({ typing: 1 }, seq: seq) }
      expect(errors.map { |error| error["code"] }).to eq(["invalid_meta"] * 5)
      expect(shown).to eq("name" => "ada")
    end
  end

  describe "more than ten a second" do
    it "are merged, and none of the keys is lost" do
      channel = channel_class { def subscribed = track_presence("lobby", as: current_user, permit: %i[a b]) }
      client = subscribe("ada", channel: channel)
      diffs = 0
      registry.subscribe { diffs += 1 }
      50.times do |number|
        client.perform(:presence_update, meta: { number < 25 ? :a : :b => number }, seq: number)
        tick
      end
      expect(diffs).to be <= 11
      clock.advance(1)
      client.perform(:presence_heartbeat)
      expect(shown).to eq("a" => 24, "b" => 49)
    end

    it "are written by themselves as soon as a second allows, the last one too" do
      registry_with(clock: nil)
      at_once do
        100.times { |number| update({ typing: number }, seq: number) }
        expect(shown["typing"]).to be < 99
      end
      wait_until("the last update") { shown["typing"] == 99 }
    end

    it "are forgotten when the session ends" do
      late = nil
      allow(hub).to receive(:later) { |_seconds, &block| late = block }
      30.times { |number| update({ typing: number }) }
      token = ada.resume
      ada.perform(:presence_leave)
      room.join("ada", session: token, meta: { mine: true })
      update({ typing: "late" })
      late.call
      expect(shown).to eq("mine" => true)
    end

    it "that turn out to be too large together are told when they are written" do
      registry_with(max_member_bytes: 200)
      late = nil
      allow(hub).to receive(:later) { |_seconds, &block| late = block }
      11.times { |number| update({ typing: number }) }
      room.join("ada", session: "phone", meta: { text: "x" * 100 })
      update({ typing: "x" * 150 })
      clock.advance(1)
      late.call
      expect(errors).to match([include("code" => "limit_exceeded")])
      expect(shown["typing"]).to eq(9)
    end
  end

  describe "bad input" do
    [nil, [], "typing", 5, true].each do |meta|
      it "#{meta.inspect} is answered to that client alone" do
        bob = subscribe("bob")
        update(meta)
        expect(errors).to match([include("code" => "invalid_meta", "topic" => "lobby", "message" => /is an object/)])
        expect(bob.messages.map { |message| message["type"] }).not_to include("presence_error")
        expect(shown).to eq("name" => "ada")
      end
    end

    it "of 100 kB is answered, and leaves what was shown" do
      update({ typing: "x" * 100_000 })
      expect(errors).to match([include("code" => "invalid_meta", "message" => /max_meta_bytes is 4096/)])
      expect(errors.first).not_to include("retry")
      expect(shown).to eq("name" => "ada")
      update({ typing: true })
      expect(shown["typing"]).to be(true)
    end

    it "of 100 kB under a key that is not permitted does nothing" do
      update({ admin: "x" * 100_000 })
      expect(errors).to be_empty
    end

    it "among merged ones does not take the good ones along" do
      15.times { |number| update({ typing: number }) }
      update({ typing: "x" * 100_000 })
      clock.advance(1)
      ada.perform(:presence_heartbeat)
      expect(shown["typing"]).to eq(14)
    end

    it "nested deep is answered" do
      deep = 80.times.inject(1) { |inner, _| [inner] }
      update({ typing: deep })
      expect(errors).to match([include("code" => "invalid_meta")])
    end

    it "a thousand times is not answered a thousand times" do
      at_once { 1_000.times { update(nil) } }
      expect(errors.size).to be <= 20
    end
  end

  it "beyond max_member_bytes is told, and changes nothing" do
    registry_with(max_member_bytes: 100)
    update({ typing: "x" * 200 })
    ada.perform(:presence_heartbeat)
    expect(errors).to match([include("code" => "limit_exceeded")])
    expect(shown).to eq("name" => "ada")
  end

  it "from several threads, out of order, ends with the highest seq" do
    registry_with(clock: nil)
    ada
    (1..200).to_a.shuffle.each_slice(50).map do |numbers|
      Thread.new { numbers.each { |number| update({ typing: number }, seq: number) } }
    end.each(&:join)
    wait_until("the last update") { shown["typing"] == 200 }
  end
end
