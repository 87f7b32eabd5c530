# frozen_string_literal: true

RSpec.describe PresenceRs::Stores::Memory do
  it_behaves_like "a store" do
    let(:store) { :memory }
  end

  it "shows a crowd that takes several diffs whole in a snapshot, where no window holds it back" do
    room = PresenceRs::Registry.new(coalesce: 0, clock: PresenceRs::ManualClock.new)["room:1"]
    12_000.times { |i| room.join(i) }
    expect(room.snapshot).to have_attributes(count: 12_000, version: 5)
    12_000.times { |i| room.leave(i) }
    expect(room.position).to eq(["", 0, 0])
  end

  it "takes no options" do
    expect { PresenceRs::Registry.new(store: [:memory, { path: "/tmp" }]) }
      .to raise_error(PresenceRs::ConfigurationError, "the memory store takes no options; got path")
  end
end
