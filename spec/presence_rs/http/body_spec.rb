# frozen_string_literal: true

require_relative "support"

RSpec.describe PresenceRs::Http::Body do
  def body(text, limit: 1_000, **env)
    described_class.new({ "rack.input" => text && StringIO.new(text) }.merge(env.transform_keys(&:to_s)), limit)
  end

  def refusal(code)
    raise_error(PresenceRs::Http::Refusal) { |error| expect(error.code).to eq(code) }
  end

  it "holds session, meta and touch" do
    expect(body('{"session":"s","meta":{"a":[1,{"b":null}]},"touch":true}'))
      .to have_attributes(session: "s", meta: { "a" => [1, { "b" => nil }] }, touch?: true)
  end

  it "hands metas out as plain Hashes all the way down" do
    meta = body('{"meta":{"a":{"b":[{}]}}}').meta
    expect([meta, meta["a"], meta["a"]["b"].first].map(&:class)).to all(be(Hash))
  end

  [nil, "", " \r\n\t"].each do |text|
    it "is an empty object where nothing is sent: #{text.inspect}" do
      expect(body(text)).to have_attributes(session: "default", meta: nil, touch?: false)
    end
  end

  ["true", '"true"', "1", "[]", "null"].each do |value|
    it "#{value == "true" ? "touches" : "does not touch"} for \"touch\": #{value}" do
      expect(body(%({"touch":#{value}})).touch?).to be(value == "true")
    end
  end

  ["1", "null", "true", '["s"]', "{}"].each do |value|
    it "refuses the session #{value}, which is no String" do
      expect { body(%({"session":#{value}})).session }.to refusal(:invalid_name)
    end
  end

  ["1", "null", "false", '"x"', "[]", '[{"a":1}]'].each do |value|
    it "refuses the meta #{value}, which is no object" do
      expect { body(%({"meta":#{value}})).meta }.to refusal(:invalid_meta)
    end
  end

  {
    "what is no JSON" => "session=s",
    "half an object" => '{"session":',
    "two objects" => "{}{}",
    "an Array" => '[{"session":"s"}]',
    "a String" => '"s"',
    "null" => "null",
    "a number" => "5",
    "NaN" => '{"meta":{"a":NaN}}',
    "Infinity" => '{"meta":{"a":-Infinity}}',
    "a duplicate key" => '{"session":"a","session":"b"}',
    "a duplicate key deep inside" => '{"meta":{"a":[{"b":1,"b":2}]}}',
    "bytes that are no UTF-8" => "{\"session\":\"\xFF\"}",
    "UTF-16" => '{"session":"s"}'.encode("UTF-16LE").b,
    "a lone surrogate" => '{"session":"\ud800"}',
    "a NUL" => "\0"
  }.each do |what, text|
    it "refuses #{what}" do
      expect { body(text.b) }.to refusal(:invalid_json)
    end
  end

  it "refuses a meta nested 500 deep, as a meta" do
    expect { body(%({"meta":{"a":#{"[" * 500}#{"]" * 500}}}), limit: 10_000) }.to refusal(:invalid_meta)
  end

  it "refuses 60,000 open brackets without running out of stack" do
    expect { body("[" * 60_000, limit: 65_536) }.to refusal(:invalid_meta)
  end

  it "takes exactly as many bytes as the limit, and not one more" do
    text = '{"session":"s"}'
    expect(body(text, limit: text.bytesize).session).to eq("s")
    expect { body(text, limit: text.bytesize - 1) }.to refusal(:too_large)
  end

  it "reads one byte beyond the limit, however much there is and whatever Content-Length says" do
    input = StringIO.new("x" * 3_000_000)
    expect { described_class.new({ "rack.input" => input, "CONTENT_LENGTH" => "10" }, 1_000) }.to refusal(:too_large)
    expect(input.pos).to eq(1_001)
  end

  it "reads on where the input hands out less than was asked for" do
    input = Class.new do
      def initialize(text) = @parts = text.chars
      def read(_length) = @parts.shift
    end
    expect(described_class.new({ "rack.input" => input.new('{"session":"s"}') }, 100).session).to eq("s")
  end

  it "refuses a body whose client went away" do
    input = Class.new { def read(_length) = raise(EOFError, "gone") }
    expect { described_class.new({ "rack.input" => input.new }, 100) }.to refusal(:invalid_json)
  end

  it "reads from the start what somebody has read before" do
    input = StringIO.new('{"session":"s"}').tap(&:read)
    expect(described_class.new({ "rack.input" => input }, 100).session).to eq("s")
  end

  it "reads a pipe, which cannot be rewound" do
    reader, writer = IO.pipe
    writer << '{"session":"s"}'
    writer.close
    expect(described_class.new({ "rack.input" => reader }, 100).session).to eq("s")
  ensure
    reader.close
  end

  it "finds a body that Rack took for a form and cannot rewind" do
    expect(body("", "rack.request.form_vars": '{"session":"s"}').session).to eq("s")
  end

  it "finds a body that Rails has read" do
    expect(body("", RAW_POST_DATA: '{"session":"s"}').session).to eq("s")
    expect { body("", limit: 5, RAW_POST_DATA: '{"session":"s"}') }.to refusal(:too_large)
  end

  describe ".limit" do
    def limit(bytes)
      described_class.limit(instance_double(PresenceRs::Configuration, max_meta_bytes: bytes))
    end

    it "is 64 KiB, or room for the largest meta written with escapes" do
      expect(limit(4_096)).to eq(65_536)
      expect(limit(100_000)).to be > 300_000
    end
  end
end
