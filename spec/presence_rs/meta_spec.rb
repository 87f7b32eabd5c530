# frozen_string_literal: true

RSpec.describe PresenceRs::Meta do
  def dump(meta) = described_class.dump(meta, 4_096)

  def refuse(message) = raise_error(PresenceRs::InvalidMeta, message)

  it "makes JSON with String keys of plain data, and reads it back" do
    meta = { name: "Ada", "n" => 1, nested: { list: [1, -2.5, nil, true, false, :sym, "ü"] }, big: 2**53 }
    expect(described_class.load(dump(meta))).to eq(JSON.parse(JSON.generate(meta)))
  end

  it "escapes what would end a script element" do
    expect(dump({ "</script>" => "&\u2028" })).to eq('{"\u003c/script\u003e":"\u0026\u2028"}')
  end

  it "keeps the last of two keys that are the same" do
    expect(dump({ name: 1, "name" => 2 })).to eq('{"name":2}')
  end

  it "makes data of what has as_json, like a Time in Rails" do
    time = Struct.new(:as_json).new("2026-01-01T00:00:00.000Z")
    expect(dump({ at: time, list: [time] })).to eq('{"at":"2026-01-01T00:00:00.000Z","list":["2026-01-01T00:00:00.000Z"]}')
  end

  it "never calls to_json, which could be any text" do
    hostile = Class.new do
      undef_method :as_json if method_defined?(:as_json) # ActiveSupport gives one to every object

      def to_json(*) = '"}]}</script>'
    end
    expect { dump({ name: hostile.new }) }.to refuse(/which is not plain data/)
    expect(dump({ name: Class.new(String) { def to_json(*) = "}" }.new("x") })).to eq('{"name":"x"}')
  end

  it "takes BINARY Strings of UTF-8 bytes" do
    expect(dump({ name: "é".b })).to eq('{"name":"é"}')
  end

  it "takes what can be made a Hash" do
    expect(dump(Struct.new(:to_hash).new({ n: 1 }))).to eq('{"n":1}')
    expect(dump(Class.new(Hash).new)).to eq("{}")
  end

  it "refuses what is no object" do
    [[], "x", 1, true, Object.new].each { |meta| expect { dump(meta) }.to refuse(/a meta is a Hash \(a JSON object\); got/) }
  end

  it "brings every Float back as it was, to the last bit" do
    room = PresenceRs::Registry.new(clock: PresenceRs::ManualClock.new)["room"]
    [Float::MAX, Float::MIN, -0.0, 0.1, 5e-324, 1.7976931348623155e308, 9_007_199_254_740_993.0].each do |number|
      room.join("ada", meta: { number: })
      expect(room.member("ada").metas.first["number"]).to eql(number)
    end
  end

  it "refuses numbers that JSON has not" do
    [Float::NAN, Float::INFINITY].each { |number| expect { dump({ n: number }) }.to refuse(/is no JSON number/) }
    expect { dump({ n: 2**70 }) }.to refuse(/does not fit into 64 bits/)
  end

  it "refuses what is nested 500 deep, or has a cycle" do
    deep = 500.times.reduce({}) { |inner, _| { n: inner } }
    cycle = {}
    cycle[:self] = [cycle]
    [deep, cycle, { t: Time.now, c: cycle }].each { |meta| expect { dump(meta) }.to refuse(/nested 64 deep at most|not plain data/) }
    expect(dump(60.times.reduce({}) { |inner, _| { n: inner } })).to start_with('{"n":{"n":')
  end

  it "refuses keys that are no Strings" do
    [1, nil, [], Object.new].each { |key| expect { dump({ key => 1 }) }.to refuse(/keys are Strings or Symbols|not plain data/) }
  end

  it "refuses Strings that are not UTF-8" do
    ["\xff", "\xff".b].each { |text| expect { dump({ name: text }) }.to refuse(/not UTF-8/) }
    expect(dump({ name: "é".encode("ISO-8859-1") })).to eq('{"name":"é"}')
  end

  it "refuses what raises in as_json, and says so" do
    expect { dump({ n: Class.new { def as_json = raise("no") }.new }) }.to refuse(/as_json of a .* raised RuntimeError: no/)
  end

  it "refuses what is too large, as an InvalidMeta that is a LimitExceeded too" do
    error = begin
      described_class.dump({ n: "x" * 100 }, 50)
    rescue PresenceRs::LimitExceeded => e
      e
    end
    expect(error).to be_a(PresenceRs::InvalidMeta).and have_attributes(limit: :max_meta_bytes, value: 50, message: /108 bytes.*max_meta_bytes is 50/)
  end
end
