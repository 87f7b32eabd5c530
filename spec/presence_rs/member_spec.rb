# frozen_string_literal: true

RSpec.describe PresenceRs::Member do
  let(:room) { PresenceRs["room:1"].tap { |room| room.join("ada", meta: { n: 1 }) } }

  it "is equal to the same person in the same state, also as a key, a copy, or out of Marshal" do
    ada = room.member("ada")
    same = [room.member("ada"), room.members.first, room.snapshot.members.first, ada.dup, Marshal.load(Marshal.dump(ada))]
    expect(same).to all(eq(ada))
    expect({ ada => :found }.values_at(*same).uniq).to eq([:found])
    room.join("ada", session: "2")
    expect(room.member("ada")).not_to eq(ada)
  end

  it "can be frozen before it is read, as a snapshot can" do
    expect(room.member("ada").freeze.metas).to eq([{ "n" => 1 }])
    expect(room.snapshot.freeze.members.map(&:id)).to eq(["ada"])
  end

  it "is an answer that another Ractor can read, as a snapshot is" do
    answers = Ractor.make_shareable([room.member("ada"), room.snapshot])
    apart do
      read = Ractor.new(answers) { |member, snapshot| [member.metas, snapshot.members.map(&:metas)] }.take
      expect(read).to eq([[{ "n" => 1 }], [[{ "n" => 1 }]]])
    end
  end
end
