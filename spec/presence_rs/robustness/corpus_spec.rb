# frozen_string_literal: true

require_relative "../http/support"

# What fuzzers found worth keeping, and changes of it made up anew each time: names, metas and HTTP bodies of any bytes.
# Nothing but errors of ours may come of them, and what is taken is shown as it was given.
RSpec.describe "Input of any bytes" do
  include HttpSupport

  corpus = File.expand_path("../../../fuzz/corpus", __dir__)
  encodings = [Encoding::UTF_8, Encoding::BINARY, Encoding::US_ASCII, Encoding::ISO_8859_1, Encoding::UTF_16LE]
  seed = Integer(ENV.fetch("SEED") { Random.rand(2**32) })

  # The kept inputs, and as many again of each with a few bytes changed, left out or put in.
  inputs = lambda do |kind|
    files = Dir["#{corpus}/#{kind}/*"].sort
    raise "no corpus in #{corpus}/#{kind}" if files.empty?

    random = Random.new(seed)
    files.map { |file| File.binread(file) }.flat_map { |bytes| [bytes, *Array.new(20) { Corpus.changed(bytes, random) }] }
  end

  # Small changes of an input.
  module Corpus
    SPICE = ["\0", "\xff", "\"", "\\", "{", "]", "<", "\xe2\x80\xa8", "\xed\xa0\x80", "9" * 30, "é"].map(&:b).freeze

    def self.changed(bytes, random)
      changed = bytes.dup
      random.rand(1..3).times do
        at = random.rand(changed.bytesize + 1)
        case random.rand(3)
        when 0 then changed.insert(at, SPICE.sample(random:))
        when 1 then changed[at, random.rand(1..4)] = ""
        else changed.setbyte(at, random.rand(256)) if at < changed.bytesize
        end
      end
      changed
    end
  end

  it "is a name, or an InvalidName (SEED=#{seed})" do
    room = registry["corpus"]
    inputs["names"].product(encodings).each do |bytes, encoding|
      name = bytes.dup.force_encoding(encoding)
      begin
        topic = registry[name]
        expect(topic.join(name, session: name)).to be(true).or be(false)
        expect(topic.online?(name)).to be true
        expect(topic.ids).to eq [name.dup.force_encoding(encoding.ascii_compatible? ? "UTF-8" : encoding).encode("UTF-8")]
        topic.leave(name, session: name)
      rescue PresenceRs::InvalidName => e
        expect(e.message).to be_valid_encoding
        expect { room.join(name) }.to raise_error PresenceRs::InvalidName
        expect { room.touch("ada", session: name) }.to raise_error PresenceRs::InvalidName
      end
    end
  end

  it "is a meta that comes back as it was, or an InvalidMeta (SEED=#{seed})" do
    room = registry["corpus"]
    inputs["metas"].each do |bytes|
      meta = begin
        JSON.parse(bytes.dup.force_encoding("UTF-8"), max_nesting: 200)
      rescue JSON::ParserError, EncodingError
        bytes
      end
      begin
        room.join("ada", meta:)
        expect(room.member("ada").metas).to eq [meta || {}]
        expect(JSON.parse(room.to_json, max_nesting: 200)["members"].first["metas"]).to eq [meta || {}]
        expect(room.to_json).not_to match(/[<>&\u2028\u2029]/)
      rescue PresenceRs::InvalidMeta => e
        expect(e.message).to be_valid_encoding
      end
      room.leave_all("ada")
    end
  end

  it "is a request, or an error in JSON that names what is wrong (SEED=#{seed})" do
    served = app
    inputs["bodies"].each do |bytes|
      [["POST", ""], ["POST", "/leave"], ["DELETE", ""]].each do |verb, tail|
        response = request(verb, "/presence/room#{tail}", bytes, user: "ada", app: served)
        expect(response.status).to be_in_set([200, 201, 204, 400, 410, 413, 422, 429])
        expect(json(response).dig("error", "code")).to match(/\A[a-z_]+\z/) if response.status >= 400
      end
    end
  end

  def be_in_set(set) = satisfy("be one of #{set}") { |status| set.include?(status) }
end
