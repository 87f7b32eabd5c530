# frozen_string_literal: true

RSpec.shared_examples "a store of page requests" do
  describe "a page request" do
    let(:options) { { request_ttl: 300, touch_every: 15 } }

    it "keeps its member online for request_ttl, without a live session" do
      expect(room.visit("ada")).to be(true)
      expect(room.visit("ada")).to be(false)
      expect(room.member("ada")).to have_attributes(sessions: 0, metas: [{}])
      clock.advance(299)
      expect(room.online?("ada")).to be(true)
      clock.advance(1)
      expect(room.online?("ada")).to be(false)
      expect(registry.tick.flat_map(&:leaves)).to all(have_attributes(reason: :left))
    end

    it "prolongs, though it is no navigation, while no session is live or lingers" do
      room.visit("ada")
      clock.advance(200)
      room.visit("ada", navigation: false)
      clock.advance(200)
      expect(room.online?("ada")).to be(true)
    end

    it "is written once in touch_every, and loses no more than that" do
      room.visit("ada")
      clock.advance(14)
      room.visit("ada")
      clock.advance(285.999)
      expect(room.online?("ada")).to be(true)
      clock.advance(0.001)
      expect(room.online?("ada")).to be(false)
    end

    it "is written again once touch_every has passed" do
      room.visit("ada")
      clock.advance(15)
      room.visit("ada")
      clock.advance(299.999)
      expect(room.online?("ada")).to be(true)
      clock.advance(0.001)
      expect(room.online?("ada")).to be(false)
    end

    it "is taken over by a session that joins: closing it shows after the linger" do
      room.visit("ada")
      expect(room.join("ada", session: "a")).to be(false)
      room.leave("ada", session: "a", linger: 3)
      clock.advance(3)
      expect(room.online?("ada")).to be(false)
    end

    it "that navigates beside a live session counts for what comes after it" do
      room.join("ada", session: "a", meta: { n: 1 })
      clock.advance(10)
      room.visit("ada", navigation: true)
      room.leave("ada", session: "a", linger: 3)
      expect(room.member("ada")).to have_attributes(sessions: 0, metas: [{ "n" => 1 }])
      clock.advance(299)
      expect(room.online?("ada")).to be(true)
      clock.advance(1)
      expect(room.online?("ada")).to be(false)
    end

    it "that navigates while a session lingers is no leave either" do
      room.join("ada", session: "a")
      room.leave("ada", session: "a", linger: 3)
      clock.advance(1)
      room.visit("ada", navigation: true)
      clock.advance(299)
      expect(room.online?("ada")).to be(true)
    end

    it "that does not navigate counts for nothing while a session is live or lingers" do
      room.join("ada", session: "a")
      room.visit("ada", navigation: false)
      room.leave("ada", session: "a", linger: 3)
      room.visit("ada", navigation: false)
      clock.advance(3)
      expect(room.online?("ada")).to be(false)
    end

    it "takes over when the session beside it expires" do
      room.join("ada", session: "a")
      clock.advance(10)
      room.visit("ada", navigation: true)
      clock.advance(20)
      registry.tick
      expect(room.member("ada")).to have_attributes(sessions: 0)
      clock.advance(279)
      expect(room.online?("ada")).to be(true)
      clock.advance(1)
      expect(room.online?("ada")).to be(false)
    end

    it "is ended by a leave without linger" do
      room.join("ada", session: "a")
      room.visit("ada", navigation: true)
      expect(room.leave("ada", session: "a")).to be(true)
      expect(room.online?("ada")).to be(false)
    end

    it "is ended by leave_all" do
      room.visit("ada")
      expect(registry.leave_all("ada")).to be(true)
      expect(room.online?("ada")).to be(false)
    end
  end
end
