# frozen_string_literal: true

RSpec.shared_examples "a store of sessions" do
  describe "join" do
    it "brings a member online, once" do
      expect(room.join("ada", session: "a")).to be(true)
      expect(room.join("ada", session: "b")).to be(false)
      expect(room.join("ada", session: "a")).to be(false)
      expect(room.count).to eq(1)
      expect(room.member("ada").sessions).to eq(2)
    end

    it "keeps the metas of the sessions in the order of joins" do
      room.join("ada", session: "a", meta: { n: 1 })
      room.join("ada", session: "b", meta: { n: 2 })
      room.join("ada", session: "a", meta: { n: 3 })
      expect(room.member("ada").metas).to eq([{ "n" => 3 }, { "n" => 2 }])
    end

    it "refreshes a live session with its new ttl" do
      room.join("ada", ttl: 10)
      clock.advance(5)
      room.join("ada", ttl: 100)
      clock.advance(99)
      expect(room.online?("ada")).to be(true)
      clock.advance(1)
      expect(room.online?("ada")).to be(false)
    end

    it "with a meta of nil keeps what a live session has, and is {} for a new one" do
      room.join("ada", meta: { n: 1 })
      room.join("ada", meta: nil)
      expect(room.member("ada").metas).to eq([{ "n" => 1 }])
      clock.advance(30)
      room.join("ada", meta: nil)
      expect(room.member("ada").metas).to eq([{}])
    end

    it "of an expired session brings the member online again" do
      room.join("ada")
      clock.advance(30)
      expect(room.join("ada")).to be(true)
    end
  end

  describe "the end of a ttl" do
    it "is when it has passed, and not before" do
      room.join("ada")
      clock.advance(29.999)
      expect([room.online?("ada"), room.count, room.ids, registry.topics]).to eq([true, 1, ["ada"], ["room:1"]])
      clock.advance(0.001)
      expect([room.online?("ada"), room.count, room.ids, registry.topics]).to eq([false, 0, [], []])
    end

    it "comes for each session by itself" do
      room.join("ada", session: "long", meta: { n: 1 }, ttl: 100)
      room.join("ada", session: "short", meta: { n: 2 }, ttl: 10)
      clock.advance(10)
      expect(room.member("ada").metas).to eq([{ "n" => 1 }])
      expect(room.member("ada").sessions).to eq(1)
    end

    it "is far off for a long ttl" do
      room.join("ada", ttl: 24 * 60 * 60)
      clock.advance((24 * 60 * 60) - 1)
      registry.tick
      expect(room.online?("ada")).to be(true)
      clock.advance(1)
      registry.tick
      expect(room.online?("ada")).to be(false)
    end
  end

  describe "touch" do
    it "prolongs a live session by its own ttl" do
      room.join("ada", ttl: 10)
      clock.advance(9)
      expect(room.touch("ada")).to be(true)
      clock.advance(9)
      expect(room.online?("ada")).to be(true)
      clock.advance(1)
      expect(room.online?("ada")).to be(false)
    end

    it "of a session that is over, or was never there, changes nothing" do
      room.join("ada")
      clock.advance(30)
      expect(room.touch("ada")).to be(false)
      expect(room.touch("bob")).to be(false)
      expect(room.touch("ada", session: "other")).to be(false)
      expect(room.count).to eq(0)
    end
  end

  describe "update" do
    it "replaces a meta and prolongs nothing" do
      room.join("ada", meta: { n: 1 })
      clock.advance(20)
      expect(room.update("ada", meta: { m: 2 })).to be(true)
      expect(room.member("ada").metas).to eq([{ "m" => 2 }])
      clock.advance(10)
      expect(room.online?("ada")).to be(false)
    end

    it "of a session that is not live answers false" do
      room.join("ada")
      clock.advance(30)
      expect(room.update("ada", meta: { n: 1 })).to be(false)
      expect(room.update("bob", meta: { n: 1 })).to be(false)
    end
  end

  describe "leave" do
    it "takes a member offline with their last session, and ends no other" do
      room.join("ada", session: "a")
      room.join("ada", session: "b")
      expect(room.leave("ada", session: "a")).to be(false)
      expect(room.leave("ada", session: "a")).to be(false)
      expect(room.online?("ada")).to be(true)
      expect(room.leave("ada", session: "b")).to be(true)
      expect(room.leave("ada", session: "b")).to be(false)
      expect(room.leave("bob")).to be(false)
    end

    it "of a session that has expired answers false" do
      room.join("ada")
      clock.advance(30)
      expect(room.leave("ada")).to be(false)
    end
  end

  describe "leave_all" do
    it "ends every session on a topic" do
      room.join("ada", session: "a")
      room.join("ada", session: "b")
      registry["room:2"].join("ada")
      expect(room.leave_all("ada")).to be(true)
      expect(room.leave_all("ada")).to be(false)
      expect(room.touch("ada", session: "a")).to be(false)
      expect(registry["room:2"].online?("ada")).to be(true)
    end

    it "ends every session everywhere" do
      room.join("ada")
      room.join("bob")
      registry["room:2"].join("ada")
      expect(registry.leave_all("ada")).to be(true)
      expect(registry.leave_all("ada")).to be(false)
      expect([room.ids, registry.topics]).to eq([["bob"], ["room:1"]])
    end
  end
end
