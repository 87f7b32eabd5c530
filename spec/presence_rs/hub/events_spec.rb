# frozen_string_literal: true

require "spec_helper"
require_relative "support"

RSpec.describe PresenceRs::Hub::Events do
  include EventPages

  let(:errors) { [] }
  let(:registry) { PresenceRs::Registry.new(coalesce: 0.01, on_error: ->(error) { errors << error.message }) }
  let(:room) { registry["room:1"] }
  let(:events) { registry.hub.events }

  after { registry.close }

  def numbers(page) = page.heard.map(&:last)

  # Runs the block while nothing is delivered, as where a socket holds up the thread.
  def held
    page = come(registry, "slow")
    room.emit("go") # so that the thread runs
    wait_until { page.heard.any? }
    events.instance_variable_get(:@delivering).synchronize do
      room.emit("go") # the thread has taken it, or will, and waits
      yield page
    end
  end

  it "delivers on a thread of its own, in order" do
    pages = Array.new(3) { |n| come(registry, "m#{n}") }
    500.times { |n| room.emit("go", { n: }) }
    wait_until { pages.all? { |page| page.heard.size == 500 } }
    expect(pages.map { |page| numbers(page) }).to all(eq((0..499).to_a))
    expect(Thread.list.map(&:name)).to include("presence_rs events")
  end

  it "encodes each once, however many get it" do
    pages = Array.new(20) { |n| come(registry, "m#{n}") }
    allow(PresenceRs::Hub::Message).to receive(:new).and_call_original
    room.emit("go", { n: 1 })
    wait_until { pages.all? { |page| page.heard.any? } }
    expect(PresenceRs::Hub::Message).to have_received(:new).with(/presence_event/).once
    expect(pages.map { |page| page.events.last.object_id }.uniq.size).to eq(1)
  end

  it "finds the sessions of a member at once, however many others there are" do
    pages = Array.new(50) { |n| come(registry, "m#{n % 25}") }
    allow_any_instance_of(PresenceRs::Hub::Follower).to receive(:hears?).and_wrap_original do |original, *rest|
      (@asked ||= []) << true
      original.call(*rest)
    end
    room.emit("go", { n: 1 }, to: "m7")
    wait_until { [pages[7], pages[32]].all? { |page| numbers(page) == [1] } }
    expect(@asked.size).to eq(2)
  end

  it "counts what a client loses that is cut off since it does not read" do
    page = come(registry, "ada")
    page.socket.backlog = 5
    room.emit("go", { n: 1 })
    wait_until { !events.instance_variable_get(:@laggards).empty? }
    page.socket.backlog = 1_000
    come(registry, "bob") # a diff that is too much for it
    wait_until { registry.dropped_events == 1 }
    expect(page.heard).to be_empty
  end

  it "keeps the last 10,000 where they come faster than they go, and counts and reports the others" do
    page = held do |slow|
      12_000.times { |n| room.emit("go", { n: }) }
      slow
    end
    wait_until { numbers(page).last == 11_999 }
    expect(registry.dropped_events).to be_between(1_999, 2_001)
    expect(numbers(page).compact.first).to be_between(1_999, 2_001)
    expect(numbers(page).compact.each_cons(2)).to all(satisfy { |a, b| b == a + 1 })
    expect(errors).to match([/1 event was dropped/])
  end

  it "keeps no more than 16 MB" do
    page = held do |slow|
      2_000.times { |n| room.emit("go", { n:, text: "x" * 15_000 }) }
      slow
    end
    wait_until { numbers(page).last == 1_999 }
    expect(registry.dropped_events).to be_between(800, 1_000)
  end

  it "tells ActiveSupport::Notifications of what is dropped" do
    require "active_support"
    require "active_support/notifications"
    told = []
    ActiveSupport::Notifications.subscribed(->(*, payload) { told << payload.slice(:topic, :count) }, "event_dropped.presence_rs") do
      events.drop(3, "room:1")
    end
    expect(told).to eq([{ topic: "room:1", count: 3 }])
  end

  it "lets diffs through while events wait" do
    held do |slow|
      come(registry, "carl")
      wait_until("the diff") { slow.comers.include?("carl") }
    end
  end

  it "catches up with a client that reads again, without another event" do
    page = come(registry, "ada")
    other = come(registry, "bob")
    page.socket.backlog = 5
    4.times { |n| room.emit("go", { n: }) }
    wait_until { numbers(other) == [0, 1, 2, 3] }
    expect(page.heard).to be_empty
    page.socket.backlog = 4
    wait_until { numbers(page) == [0, 1, 2, 3] }
  end

  it "forgets what waits for a client that is gone" do
    page = come(registry, "ada")
    page.socket.backlog = 5
    room.emit("go", { n: 1 })
    laggards = events.instance_variable_get(:@laggards)
    wait_until { !laggards.empty? }
    page.seat.close
    wait_until { laggards.empty? }
    expect(page.heard).to be_empty
  end

  it "goes on after a socket that raises" do
    broken = come(registry, "ada")
    page = come(registry, "bob")
    allow(broken.socket).to receive(:transmit) { |message| message.json.include?("presence_event") ? raise("boom") : true }
    2.times { |n| room.emit("go", { n: }) }
    wait_until { numbers(page) == [0, 1] }
    expect(errors).to include("boom")
  end

  it "goes on in a child, without what waited in the parent" do
    held do
      room.emit("go", { n: 1 })
      reader, writer = IO.pipe
      pid = fork do
        page = come(registry, "child")
        room.emit("go", { n: 2 })
        wait_until { page.heard.any? }
        writer.write(JSON.generate(numbers(page)))
      ensure
        writer.close
        exit!(0)
      end
      writer.close
      expect(JSON.parse(reader.read)).to eq([2])
      Process.wait(pid)
    end
  end
end
