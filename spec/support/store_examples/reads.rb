# frozen_string_literal: true

RSpec.shared_examples "a store that reads" do
  describe "reads" do
    it "of an empty topic find nobody" do
      expect(room.count).to eq(0)
      expect([room.ids, room.members, room.online(%w[ada])]).to eq([[], [], []])
      expect([room.member("ada"), room.last_seen_at("ada")]).to eq([nil, nil])
      expect(room.snapshot).to have_attributes(epoch: "", version: 0, count: 0, members: [])
      expect(room.position).to eq(["", 0, 0])
    end

    it "list members by joined_at, then by the bytes of their ids" do
      room.join("b")
      room.join("é")
      room.join("a")
      clock.advance(0.001)
      room.join("0")
      expect(room.ids).to eq(%w[a b é 0])
      expect(ids(room.members)).to eq(%w[a b é 0])
    end

    it "give joined_at and last_seen_at as Times in whole ms" do
      room.join("ada")
      clock.advance(5.5)
      room.touch("ada")
      expect(room.member("ada").joined_at).to eq(Time.at(1_790_000_000, 123, :millisecond))
      expect(room.last_seen_at("ada")).to eq(Time.at(1_790_000_005, 623, :millisecond))
    end

    it "remember for a while when somebody who left was last seen" do
      room.join("ada")
      clock.advance(1)
      room.leave("ada")
      registry.tick
      clock.advance((24 * 60 * 60) - 1)
      registry.tick
      expect(room.last_seen_at("ada")).to eq(Time.at(1_790_000_000, 123, :millisecond))
      expect(registry["room:2"].last_seen_at("ada")).to be_nil
      clock.advance(2)
      registry.tick
      expect(room.last_seen_at("ada")).to be_nil
    end

    it "answer for many people at once" do
      room.join("ada")
      room.join(7)
      person = Struct.new(:id)
      people = [person.new(7), person.new(8)]
      expect(room.online(people)).to eq([people.first])
      expect(room.online(%w[bob ada])).to eq(["ada"])
    end

    it "tell topics apart" do
      room.join("ada")
      registry["room:2"].join("bob")
      expect(registry.topics).to eq(["room:1", "room:2"])
      expect(registry["room:2"].ids).to eq(["bob"])
    end

    it "take names that are awkward" do
      names = ["__proto__", "a\0b", "ü" * 127, "<b>", "{}", "a:b*", " ", "\u202Eevil"]
      names.each { |name| registry[name].join(name, session: name, meta: { name => name }) }
      expect(registry.topics).to match_array(names)
      names.each do |name|
        expect(registry[name].members).to contain_exactly(have_attributes(id: name, metas: [{ name => name }]))
        expect(JSON.parse(registry[name].to_json)["members"].first).to include("id" => name, "metas" => [{ name => name }])
      end
    end

    it "take BINARY names of UTF-8 bytes for what they say" do
      room.join("é".b, session: "s".b)
      expect(room.ids).to eq(["é"])
      expect(room.touch("é", session: "s")).to be(true)
    end

    it "refuse names that are none, and change nothing" do
      ["", "x" * 256, "\xff", "\xff".b, "é".encode("ISO-8859-1")].each do |name|
        expect { room.join(name) }.to raise_error(PresenceRs::InvalidName)
        expect { room.join("ada", session: name) }.to raise_error(PresenceRs::InvalidName)
        expect { room.touch(name) }.to raise_error(PresenceRs::InvalidName)
        expect { room.online?(name) }.to raise_error(PresenceRs::InvalidName)
        expect { room.leave("ada", session: name) }.to raise_error(PresenceRs::InvalidName)
        expect { registry[name] }.to raise_error(PresenceRs::InvalidName)
      end
      expect(registry.topics).to eq([])
    end
  end
end
