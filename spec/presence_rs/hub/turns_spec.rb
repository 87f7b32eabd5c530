# frozen_string_literal: true

require "spec_helper"
require "presence_rs/hub"

RSpec.describe PresenceRs::Hub::Turns do
  subject(:turns) { described_class.new }

  def arrive(*numbers) = numbers.each { |seq| turns.arrive(seq, "n#{seq}") }

  def taken
    list = []
    while (item = turns.take)
      list << item
    end
    list
  end

  it "gives in order what comes in any order" do
    numbers = (1..50).to_a
    arrive(*numbers.shuffle)
    expect(taken).to eq(numbers.map { |seq| "n#{seq}" })
    expect(turns).not_to be_waiting
  end

  it "waits for what is missing, and goes on without it when told to" do
    arrive(2, 3, 5)
    expect(taken).to eq([])
    expect(turns).to be_waiting
    turns.give_up
    expect(taken).to eq(%w[n2 n3])
    arrive(4)
    expect(taken).to eq(%w[n4 n5])
  end

  it "lets through at once what is late, and what has no number" do
    arrive(2)
    turns.give_up
    taken
    arrive(1, nil, "x", 1.5, [])
    expect(taken).to eq(["n1", "n", "nx", "n1.5", "n[]"])
  end

  it "counts a number whose item is not wanted" do
    turns.arrive(2, "n2")
    turns.arrive(1, nil)
    expect(taken).to eq(["n2"])
  end

  it "keeps a hundred at most" do
    arrive(*(2..102))
    expect(taken.size).to eq(101)
  end

  it "gives up the oldest where too many have their turn, and counts those that were wanted" do
    arrive(1, 2, 3)
    turns.arrive(4, nil)
    arrive(5)
    expect(turns.shorten(1)).to eq(3)
    expect(taken).to eq(["n5"])
    expect(turns.shorten(1)).to eq(0)
  end

  it "has nothing to give up at first" do
    turns.give_up
    expect(turns.next).to eq(1)
  end
end
