# frozen_string_literal: true

require_relative "app"
require "rspec/rails"
require "presence_rs/rspec"

RSpec.configure { |config| config.order = :random }

RSpec.describe "A plain example" do
  before { PresenceRs["room:1"].join(ada) }

  let(:ada) { User.new(1, "Ada") }
  let(:room) { PresenceRs["room:1"] }

  3.times do |number|
    it "has a registry of its own (#{number})" do
      expect(PresenceRs.topics).to eq ["room:1"]
      expect(ada).to be_present_on(room)
      expect("grace").not_to be_present_on(:online)
      expect { travel_presence 31 }.to change_presence(room).leaving(ada)
      expect { PresenceRs["online"].join("grace") }.not_to change_presence(room)
      expect { PresenceRs["online"].join("bob") }.to change_presence
      expect { room.join("a") && room.join("b") && room.leave("a") }.to change_presence(room).joining("a", "b").leaving("a")
      expect([ada]).to all(satisfy { |user| !room.online?(user) })
      expect(ada).not_to be_present_on(room)
      expect(PresenceRs.configuration.ttl).to eq 30
      PresenceRs.configure { |config| config.ttl = 3 }
    end
  end
end

RSpec.describe RoomChannel, type: :channel do
  3.times do |number|
    it "lists who subscribes (#{number})" do
      stub_connection current_user: User.new(1, "Ada")
      expect { subscribe id: 1 }.to change_presence("room:1").joining(1)
      expect { perform :presence_update, meta: { typing: true } }.to change_presence("room:1").updating(1)
    end
  end
end

RSpec.describe "Pages", type: :request do
  it "counts page requests" do
    expect { get "/", headers: { "X-User" => "ada" } }.to change_presence("online").joining("ada")
    expect { travel_presence 301 }.to change_presence.leaving("ada")
  end
end
