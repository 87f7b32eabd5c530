# frozen_string_literal: true

# The registry lives in the main Ractor: locks, handlers and the application's blocks cannot be shared. Elsewhere every
# entry says so, and an attempt to take a topic along harms nothing.
RSpec.describe "Another Ractor" do
  def elsewhere(source)
    Ractor.new(source) do |code|
      eval(code) # rubocop:disable Security/Eval -- a block cannot take what is around it along
      :nothing_raised
    rescue StandardError => e
      [e.class, e.message]
    end.take
  end

  [
    'PresenceRs["x"]', 'PresenceRs.topic("x")', "PresenceRs.registry", "PresenceRs.configure { }",
    "PresenceRs.configuration", "PresenceRs.reset!", "PresenceRs.topics", 'PresenceRs.online?("a")',
    'PresenceRs.online(["a"])', "PresenceRs.count", 'PresenceRs.leave_all("a")', "PresenceRs.on { }",
    "PresenceRs.subscribe { }", "PresenceRs::Registry.new", "PresenceRs::ManualClock.new"
  ].each do |code|
    it "is told by #{code} that the main Ractor is the one to ask" do
      PresenceRs["x"].join("a")

      apart { expect(elsewhere(code)).to match [PresenceRs::Error, /main Ractor/] }
    end
  end

  it "gets no topic, whether shared or sent, and the topic goes on" do
    room = PresenceRs["x"]

    apart do
      room.join("a") # a child begins without members
      expect { Ractor.make_shareable(room) }.to raise_error PresenceRs::Error, /pass answers on/
      expect { Ractor.new(room) { |it| it.count } }.to raise_error PresenceRs::Error, /pass answers on/
      expect(room.join("b")).to be true
      expect(room.count).to eq 2
    end
  end

  it "gets answers" do
    PresenceRs["x"].join("a")
    json = Ractor.make_shareable(PresenceRs["x"].to_json)

    apart { expect(Ractor.new(json) { |text| JSON.parse(text)["count"] }.take).to eq 1 }
  end
end
