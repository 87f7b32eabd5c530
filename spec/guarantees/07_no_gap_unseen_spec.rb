# frozen_string_literal: true

# Guarantee 7: no gap unseen. Whoever follows diffs can tell that one is missing. This is the whole of what a follower does.
RSpec.describe "No gap unseen" do
  let(:follower) do
    Class.new do
      attr_reader :epoch, :version, :ids

      def initialize(topic)
        @topic = topic
        take_snapshot
      end

      def take_snapshot
        snapshot = JSON.parse(@topic.to_json)
        @epoch, @version = snapshot.values_at("epoch", "version")
        @ids = snapshot["members"].map { |member| member["id"] }
      end

      def receive(json)
        diff = JSON.parse(json)
        return if diff["epoch"] == epoch && diff["version"] <= version # known already
        return begin_epoch(diff) if diff["from"].zero?
        return take_snapshot if diff["epoch"] != epoch || diff["from"] > version # a gap

        apply(diff)
      end

      def begin_epoch(diff)
        @ids = []
        apply(diff)
      end

      def apply(diff)
        @ids = (ids | (diff["joins"] + diff["updates"]).map { |member| member["id"] }) - diff["leaves"].map { |member| member["id"] }
        @epoch, @version = diff["count"].zero? ? ["", 0] : diff.values_at("epoch", "version")
      end
    end
  end

  [1, 2, 3].each do |seed|
    it "keeps a follower right whose diffs are lost, doubled and late (seed #{seed})" do
      random = Random.new(seed)
      registry = PresenceRs::Registry.new(ttl: 45, coalesce: 0, clock: PresenceRs::ManualClock.new)
      room = registry["room:1"]
      wire = []
      registry.subscribe { |diff| wire << diff.to_json }
      page = follower.new(room)
      200.times do
        id = "m#{random.rand(4)}"
        random.rand(2).zero? ? room.join(id) : room.leave(id)
        registry.tick
        wire.shift if random.rand(10).zero?
        wire << wire.first if wire.any? && random.rand(10).zero?
        page.receive(wire.shift) while wire.any? && random.rand(3).positive?
      end
      room.join("last")
      registry.tick
      page.receive(wire.shift) while wire.any?
      expect(page.ids).to match_array(room.ids)
    end
  end

  it "tells in every diff which version it follows, and begins and ends an epoch in a way that shows" do
    clock = PresenceRs::ManualClock.new
    registry = PresenceRs::Registry.new(coalesce: 0, clock:)
    room = registry["room:1"]
    steps = [-> { room.join("ada") }, -> { room.join("bob") }, -> { room.leave_all("ada") }, -> { room.leave_all("bob") }]
    told = steps.flat_map { |step| [step.call, registry.tick].last }
    expect(told.map { |diff| [diff.from, diff.version, diff.count] }).to eq([[0, 1, 1], [1, 2, 2], [2, 3, 1], [3, 4, 0]])
    room.join("ada")
    expect(registry.tick.first).to have_attributes(from: 0, version: 1, epoch: satisfy { |epoch| epoch != told.last.epoch })
  end
end
