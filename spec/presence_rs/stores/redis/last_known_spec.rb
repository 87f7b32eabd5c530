# frozen_string_literal: true

# Reads while the server is away.
RSpec.describe PresenceRs::Stores::Redis, "while it is away" do
  let(:server) { RedisServer.start }
  let(:on_unavailable) { :last_known }
  let(:registry) { PresenceRs::Registry.new(store: [:redis, { url: server.url, timeout: 5 }], on_unavailable: on_unavailable) }
  let(:room) { registry["room"] }

  before do
    PresenceRs.configure { |config| config.on_error = ->(*) {} }
    room.join("ada", session: "s", meta: { n: 1 })
  end

  after do
    registry.close
    PresenceRs.configure { |config| config.on_error = nil }
    server.stop
  end

  it "answers what it was asked before with what it knew" do
    before = [room.count, room.ids, room.online?("ada"), room.member("ada"), room.online(%w[ada bob]), registry.topics,
              room.last_seen_at("ada"), room.to_json, room.position]
    server.kill
    after = [room.count, room.ids, room.online?("ada"), room.member("ada"), room.online(%w[ada bob]), registry.topics,
             room.last_seen_at("ada"), room.to_json, room.position]
    expect(after).to eq(before)
  end

  it "answers what it was never asked with the sessions that this process keeps" do
    server.kill
    expect([room.count, room.ids, room.online?("ada"), room.online?("bob"), room.online(%w[bob ada])]).to eq([1, ["ada"], true, false, ["ada"]])
    expect(room.member("ada")).to have_attributes(metas: [{ "n" => 1 }], sessions: 1)
    expect(registry.topics).to eq(["room"])
    expect([registry["other"].count, registry["other"].members, registry["other"].member("x"), room.last_seen_at("bob")]).to eq([0, [], nil, nil])
    expect(JSON.parse(registry["other"].to_json)).to include("epoch" => "", "count" => 0, "members" => [])
  end

  it "raises on writes, whatever reads do" do
    server.kill
    [-> { room.join("bob") }, -> { room.leave("ada", session: "s") }, -> { room.update("bob", meta: {}) }, -> { room.visit("bob") },
     -> { room.touch("bob") }, -> { registry.leave_all("bob") }].each do |write|
      expect(&write).to raise_error(PresenceRs::StoreUnavailable) { |error| expect(error.cause).to be_a(RedisClient::ConnectionError) }
    end
  end

  context "where nothing else is asked for" do
    let(:on_unavailable) { :raise }

    it "raises on reads too" do
      server.kill
      [-> { room.count }, -> { room.ids }, -> { room.member("ada") }, -> { room.online?("ada") }, -> { registry.topics },
       -> { room.snapshot }, -> { room.position }, -> { room.last_seen_at("ada") }].each do |read|
        expect(&read).to raise_error(PresenceRs::StoreUnavailable, /Redis at redis:/)
      end
    end
  end

  it "lets one caller in a while find out whether it is back, and no more" do
    server.kill
    link = registry.store.instance_variable_get(:@link)
    asked = 0
    allow(link).to receive(:with_client).and_wrap_original { |original, *arguments, &block| (asked += 1) && original.call(*arguments, &block) }
    200.times {
      begin
        room.join("x")
      rescue
        PresenceRs::StoreUnavailable
      end
    }
    expect(asked).to be < 20
    server.start
    wait_until("it to be asked again", within: 60) { registry.topics && link.breaker.error.nil? }
    expect(room.join("x")).to be(true)
  end
end
