# frozen_string_literal: true

RSpec.shared_examples "a store with limits" do
  describe "a limit" do
    let(:options) do
      { max_sessions_per_member: 2, max_members_per_topic: 2, max_topics: 2, max_meta_bytes: 100, max_member_bytes: 150 }
    end

    def exceed(limit, value) = raise_error(PresenceRs::LimitExceeded) { |error| expect([error.limit, error.value]).to eq([limit, value]) }

    it "holds for the sessions of a member, and counts live ones only" do
      2.times { |i| room.join("ada", session: i) }
      expect { room.join("ada", session: 2) }.to exceed(:max_sessions_per_member, 2)
      expect(room.join("ada", session: 1)).to be(false)
      clock.advance(30)
      expect(room.join("ada", session: 2)).to be(true)
    end

    it "holds for the members of a topic, and counts those online only" do
      room.join("ada")
      room.visit("bob")
      expect { room.join("carl") }.to exceed(:max_members_per_topic, 2)
      expect { room.visit("carl") }.to exceed(:max_members_per_topic, 2)
      expect(room.join("bob")).to be(false)
      expect(room.ids).to eq(%w[ada bob])
      room.leave("ada")
      expect(room.join("carl")).to be(true)
    end

    it "holds for topics that have members" do
      2.times { |i| registry[i.to_s].join("ada") }
      expect { room.join("ada") }.to exceed(:max_topics, 2)
      expect(registry["1"].join("bob")).to be(true)
      clock.advance(30)
      expect(room.join("ada")).to be(true)
    end

    it "holds for a meta, and for all metas of a member" do
      expect { room.join("ada", meta: { n: "x" * 100 }) }.to exceed(:max_meta_bytes, 100)
      room.join("ada", session: "a", meta: { n: "x" * 80 })
      expect { room.join("ada", session: "b", meta: { n: "x" * 80 }) }.to exceed(:max_member_bytes, 150)
      expect { room.update("ada", session: "a", meta: { n: "x" * 100 }) }.to exceed(:max_meta_bytes, 100)
      expect(room.member("ada").sessions).to eq(1)
      expect(room.update("ada", session: "a", meta: { n: "y" * 80 })).to be(true)
    end
  end
end
