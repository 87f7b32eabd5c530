# frozen_string_literal: true

RSpec.describe PresenceRs::Names do
  let(:record) { Struct.new(:id, :to_gid_param) }

  it "takes a topic as a String, a Symbol, a record with a global id, or a Topic" do
    topic = PresenceRs["room"]
    expect(["room", :room, record.new(1, "gid"), topic].map { |value| described_class.topic(value) }).to eq(%w[room room gid room])
  end

  it "takes a member as a String, a Symbol, an Integer, or anything with an id" do
    expect(["ada", :ada, 7, record.new(7), record.new("uuid")].map { |value| described_class.member(value) }).to eq(%w[ada ada 7 7 uuid])
  end

  it "asks config.member_id for the id of a record" do
    by_class = ->(user) { "#{user.class.name}-#{user.id}" }
    stub_const("Admin", Class.new(record))
    expect(described_class.member(Admin.new(1), by_class)).to eq("Admin-1")
    expect(described_class.member("ada", by_class)).to eq("ada")
  end

  {
    nil => "a member is nil", Object.new => "it has no id", 1.5 => "a Float is no member",
    Struct.new(:id).new(nil) => "is it saved?", "" => "is empty", ("x" * 256) => "is longer than 255 bytes"
  }.each do |value, message|
    it "refuses #{value.class} #{value.inspect[0, 20]} as a member" do
      expect { described_class.member(value) }.to raise_error(PresenceRs::InvalidName, /#{Regexp.escape(message)}/)
    end
  end

  it "refuses records without a global id as topics" do
    unsaved = Class.new { def to_gid_param = raise("no id") }.new
    expect { described_class.topic(unsaved) }.to raise_error(PresenceRs::InvalidName, /is it saved\?/)
    expect { described_class.topic(7) }.to raise_error(PresenceRs::InvalidName, /a Integer is no topic/)
    expect { described_class.topic(nil) }.to raise_error(PresenceRs::InvalidName, /a NilClass is no topic/)
  end

  it "shows the name and its length, but not 3 MB of it" do
    expect { described_class.topic("é" * 1_000_000) }.to raise_error(PresenceRs::InvalidName) { |error| expect(error.message.bytesize).to be < 300 }
  end

  it "refuses UTF-16, though its bytes look like ASCII" do
    name = "ada".encode(Encoding::UTF_16LE)
    room = PresenceRs["room"]
    [-> { PresenceRs[name] }, -> { room.join(name) }, -> { room.touch("ada", session: name) }, -> { room.online([name]) }].each do |call|
      expect(&call).to raise_error(PresenceRs::InvalidName, /is not UTF-8 \(its encoding is UTF-16LE\)/)
    end
  end

  it "keeps a name that is changed afterwards" do
    name = +"ada"
    kept = described_class.utf8(name, "member")
    name << "x"
    expect(kept).to eq("ada")
  end
end
