# frozen_string_literal: true

require_relative "../../bench/support/measure"
require_relative "../../bench/support/servers"
require_relative "../../bench/support/report"
require_relative "../../bench/registry/rows"
require_relative "../../bench/shared/calls"
require_relative "../../bench/shared/promises"
require_relative "../../bench/shared/table"

RSpec.describe "The benchmarks" do
  let(:why) { "redis-server is not installed" }
  # As where redis-server is not installed.
  let(:servers) { Bench::Servers.new.tap { |it| allow(it).to receive(:redis).and_raise(Bench::Servers::LeftOut, why) } }

  after { servers.stop }

  describe "a promise whose rival cannot be started" do
    subject(:row) { Bench::Rows::Point.slow(servers, 1, 100.0).first }

    # Of the other one, Rails.cache, nothing is asked here.
    before { allow(Bench::Rows::Point).to receive(:cache_touch).and_return(100.0) }

    it "keeps its row in the table, which says why" do
      expect(Bench::Report.rows([row])).to match(/^\| left out \| touch against Redis .*at least 150 x +\| #{why} +\|$/)
    end

    it "is not kept, and named among what falls short" do
      expect(row).not_to be_good
      expect(Bench::Report.short([row])).to contain_exactly(/touch against Redis .*left out \(#{why}\), at least 150 x promised/)
    end

    it "can be written as JSON" do
      expect(JSON.parse(JSON.generate(row.to_h))).to include("left_out" => why, "good" => false, "value" => nil)
    end
  end

  it "call a promise kept up to its limit, and short beyond it" do
    most = [4, 4.01].map { |value| Bench::Rows::Row.new(name: "touch", value:, unit: "x", limit: 4, most: true) }
    least = [2, 1.99].map { |value| Bench::Rows::Row.new(name: "join", value:, unit: "x", limit: 2) }
    expect([most, least].map { |rows| rows.map(&:status) }).to eq([%w[ok SHORT], %w[ok SHORT]])
  end

  it "promise nothing where a row has no limit" do
    told = Bench::Rows::Row.new(name: "join against a script", value: 4, unit: "x")
    missing = Bench::Rows::Row.new(name: "join against a script", unit: "x", left_out: why)
    expect(Bench::Report.short([told, missing])).to eq([])
    expect([told, missing].map(&:status)).to eq([nil, "left out"])
  end

  it "compare a touch with an empty method in C, and promise nothing of that" do
    empty = Bench::Rows::Native.empty(servers).fetch(:empty)
    rows = Bench::Rows::Native.rows({ touch: 120.0, magnus: 40.0, empty: 15.0 })
    expect(empty.call).to be_positive
    expect(rows.map { |row| [row.name, row.value, row.status] }).to match([[/magnus .* three Strings/, 3.0, "ok"], [/empty method in C/, 8.0, nil]])
  end

  describe "of joins and leaves with ActiveSupport" do
    it "are made in a process that has it, and compare each with plain Ruby" do
      rows = Bench::Rows::Notified.rows(1)
      expect(rows.map { |row| [row.name, row.limit, row.left_out] })
        .to match([[/\Ajoin .* ActiveSupport/, 2, nil], [/\Aleave .* ActiveSupport/, 2, nil]])
      expect(rows.map(&:value)).to all(be_positive)
    end

    it "name them as left out where it is not installed" do
      allow(Bench::Measure).to receive(:apart).and_return({ left_out: "cannot load such file -- active_support" })
      expect(Bench::Report.short(Bench::Rows::Notified.rows(1))).to match([/join.*left out \(cannot load/, /leave.*left out/])
    end
  end

  it "sum up what the shared store costs as its document does" do
    ways = { shared: { ns: 125 }, script: { ns: 62_500 }, redis: { ns: 1_250 } }
    calls = [1, 4].map { |processes| { processes:, online?: ways, join: ways, touch: { shared: 150.0, memory: 141.0 } } }
    cells = Bench::Shared::Table.summary(calls).lines.map { |line| line.split("|").map(&:strip)[1..3] }
    expect(cells.first).to eq(["", "from one process", "from 4 at once"])
    expect(cells.drop(2)).to eq([["`touch`", *["150 ns; the memory store: 141 ns, 0.94 times that"] * 2],
                                 ["`online?`", *["125 ns; a Lua script of Redis: 62.5 µs, 500 times that"] * 2],
                                 ["`join`", *["125 ns; the redis store: 1.25 µs, 10 times that"] * 2]])
  end

  describe "of the shared store, without Redis" do
    around { |example| Dir.mktmpdir { |directory| (@directory = directory) && example.run } }

    before { stub_const("Bench::Shared::Calls::SECONDS", 0.01) }

    let(:calls) { [Bench::Shared::Calls.run(servers, "#{@directory}/store", processes: 1, rounds: 1, redis: false)] }
    let(:rows) { Bench::Shared::Promises.rows(calls, [0.01], left_out: Bench::Shared::Calls.left_out(servers)) }

    it "measure the rest, and name each row that is left out" do
      expect(rows.group_by(&:left_out).transform_values { |list| list.map(&:name) })
        .to match(why => [/online\?, .* a Lua script/, /join, .* the redis store/, /join, .* a Lua script/], nil => [/touch/, /a process/])
      expect(Bench::Report.short(rows.select(&:left_out))).to match([/online\?.*left out/, /join.*left out/])
    end

    it "have a table with what is there" do
      expect(Bench::Shared::Table.calls(calls)).to match(/^\| 1 +\| join +\| [\d.]+ [nµ]s +\| left out +\| left out +\| [\d,]+ +\|$/)
    end
  end
end
