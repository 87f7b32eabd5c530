# frozen_string_literal: true

RSpec.shared_examples "a store with pages" do
  describe "a page" do
    def everybody(limit)
      pages = [room.page(limit: limit)]
      pages << room.page(after: pages.last.next, limit: limit) while pages.last.next
      pages
    end

    it "of an empty topic has nobody" do
      expect(room.page).to have_attributes(topic: "room:1", epoch: "", version: 0, count: 0, members: [], next: nil)
    end

    it "lists members by the bytes of their ids, from the one after the page before" do
      ["b", "é", "a", "10", "9", "日", "a b"].each { |id| room.join(id, meta: { id: id }) }
      registry.tick
      all = ["10", "9", "a", "a b", "b", "é", "日"]
      [1, 2, 6, 7, 8].each { |limit| expect(everybody(limit).flat_map { |page| ids(page.members) }).to eq(all) }
      expect(everybody(3).map { |page| page.members.size }).to eq([3, 3, 1])
      expect(everybody(7).size).to eq(1)
      expect(ids(room.page(after: "aa").members)).to eq(%w[b é 日])
      expect(room.page(after: "日")).to have_attributes(members: [], next: nil, count: 7)
    end

    it "is the object that clients get" do
      clock.advance(0.007)
      room.join("a<", meta: { name: "</script>" })
      room.join("b")
      registry.tick
      page = room.page(limit: 1)
      expect(JSON.parse(page.to_json)).to eq(
        "type" => "presence_page", "topic" => "room:1", "epoch" => room.snapshot.epoch, "version" => 1, "count" => 2,
        "after" => nil, "limit" => 1, "next" => "a<",
        "members" => [{ "id" => "a<", "joined_at" => 1_790_000_000.13, "metas" => [{ "name" => "</script>" }] }]
      )
      expect(page.to_json).to include("</script>".gsub(/[<>]/, "<" => '\u003c', ">" => '\u003e')).and(include('"a\u003c"'))
      expect(page.members).to eq(room.members.first(1))
    end

    it "shows what the diffs up to its version add up to" do
      registry
      %w[ada bob].each { |id| room.join(id) }
      registry.tick
      room.join("carl")
      room.leave("ada")
      expect([ids(room.page.members), room.page.version]).to eq([%w[ada bob], 1])
      registry.tick
      expect([ids(room.page.members), room.page.version, room.page.count]).to eq([%w[bob carl], 2, 2])
    end

    it "publishes what is pending when the window allows it" do
      room.join("ada")
      expect(ids(room.page.members)).to eq(["ada"])
    end

    it "lists all of a topic that is too large for a list" do
      large = PresenceRs::Registry.new(store: store, clock: clock, coalesce: 0, list_limit: 10)
      25.times { |n| large["hall"].join(format("m%02d", n)) }
      expect(large["hall"].state.sample?).to be(true)
      expect(ids(large["hall"].page(after: "m09", limit: 10).members)).to eq((10..19).map { |n| "m#{n}" })
    ensure
      large&.close
    end

    it "is refused where it cannot be, with what was wrong" do
      [0, -1, 1_001, "10", nil, 1.0].each do |limit|
        expect { room.page(limit: limit) }.to raise_error(PresenceRs::InvalidPage, /from 1 to 1000; got #{Regexp.escape(limit.inspect)}/)
      end
      ["", "x" * 256, "\xff", 7].each do |after|
        expect { room.page(after: after) }.to raise_error(PresenceRs::InvalidPage, /goes on after an id/)
      end
    end
  end
end
