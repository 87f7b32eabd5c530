# frozen_string_literal: true

require "presence_rs/rspec"

# Each of these fails; what it says is what the spec reads.
RSpec.describe "Failures" do
  let(:room) { PresenceRs["room:1"] }

  it "1" do
    room.join("grace")
    expect("ada").to be_present_on(room)
  end

  it "2" do
    room.join("ada")
    expect("ada").not_to be_present_on(room)
  end

  it("3") { expect { room.join("ada") }.not_to change_presence(room) }
  it("4") { expect { room.join("ada") }.to change_presence(room).joining("grace") }
  it("5") { expect { room.touch("ada") }.to change_presence }
  it("6") { expect { room.touch("ada") }.not_to change_presence.joining("ada") }
end
