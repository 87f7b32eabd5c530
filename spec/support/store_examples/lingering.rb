# frozen_string_literal: true

RSpec.shared_examples "a store of lingering members" do
  describe "leave with linger" do
    before { room.join("ada", session: "a", meta: { n: 1 }) }

    it "keeps the place of the last session for so long" do
      expect(room.leave("ada", session: "a", linger: 3)).to be(false)
      expect(room.member("ada")).to have_attributes(sessions: 0, metas: [{ "n" => 1 }])
      clock.advance(2.999)
      expect([room.online?("ada"), room.count]).to eq([true, 1])
      clock.advance(0.001)
      expect([room.online?("ada"), room.count]).to eq([false, 0])
    end

    it "leaves a session behind that is not live" do
      room.leave("ada", session: "a", linger: 3)
      expect(room.touch("ada", session: "a")).to be(false)
      expect(room.update("ada", session: "a", meta: { n: 2 })).to be(false)
    end

    it "is never longer than the session had left to live" do
      clock.advance(29)
      room.leave("ada", session: "a", linger: 60)
      clock.advance(0.999)
      expect(room.online?("ada")).to be(true)
      clock.advance(0.001)
      expect(room.online?("ada")).to be(false)
    end

    it "is ended silently by a join of any session, with the same meta" do
      registry.tick
      diffs.clear
      room.leave("ada", session: "a", linger: 3)
      clock.advance(1)
      registry.tick
      expect(room.join("ada", session: "b", meta: { n: 1 })).to be(false)
      clock.advance(5)
      registry.tick
      expect(diffs).to eq([])
      expect(room.member("ada")).to have_attributes(sessions: 1)
      expect(room.leave("ada", session: "a")).to be(false)
    end

    it "is ended by a leave of it without linger, and not by one with" do
      room.leave("ada", session: "a", linger: 3)
      expect(room.leave("ada", session: "a", linger: 60)).to be(false)
      expect(room.leave("ada", session: "other")).to be(false)
      expect(room.online?("ada")).to be(true)
      expect(room.leave("ada", session: "a")).to be(true)
      expect(room.online?("ada")).to be(false)
    end

    it "is like a leave without while another session is live" do
      room.join("ada", session: "b", meta: { n: 2 })
      expect(room.leave("ada", session: "a", linger: 3)).to be(false)
      expect(room.member("ada")).to have_attributes(sessions: 1, metas: [{ "n" => 2 }])
      expect(room.leave("ada", session: "b")).to be(true)
    end

    it "of 0 is a leave" do
      expect(room.leave("ada", session: "a", linger: 0)).to be(true)
    end

    it "ends with the reason :left" do
      registry.tick
      room.leave("ada", session: "a", linger: 3)
      clock.advance(3)
      expect(registry.tick.last.leaves).to contain_exactly(have_attributes(id: "ada", reason: :left))
    end

    it "is ended by leave_all" do
      room.leave("ada", session: "a", linger: 3)
      expect(room.leave_all("ada")).to be(true)
      expect(room.online?("ada")).to be(false)
    end
  end
end
