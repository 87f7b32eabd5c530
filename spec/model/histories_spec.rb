# frozen_string_literal: true

require_relative "support/history"
require_relative "support/player"
require_relative "support/shrinker"

# Random histories through the public API, each compared with a naive model after every call.
#
#   PRESENCE_HISTORIES=20000 bundle exec rspec spec/model    # as many as one likes
#   SEED=123 PRESENCE_HISTORIES=1 bundle exec rspec spec/model    # the one that failed
RSpec.describe "Random histories" do
  it "go as the model says" do
    first = Integer(ENV.fetch("SEED") { Random.rand(2**48) })
    number = Integer(ENV.fetch("PRESENCE_HISTORIES", 500))
    RSpec.configuration.reporter.message("histories: SEED=#{first}, #{number} of them")

    number.times do |n|
      history = ModelSpec::History.random(first + n)
      next unless ModelSpec::Player.play(history)

      history = ModelSpec::Shrinker.shrink(history) { |smaller| ModelSpec::Player.play(smaller) }
      raise "#{ModelSpec::Player.play(history)}\n\n#{history}\n\nSEED=#{first + n} PRESENCE_HISTORIES=1 repeats it."
    end
  end

  describe ModelSpec::Shrinker do
    it "finds the two calls that matter among fifty" do
      history = ModelSpec::History.random(7)
      calls = Array.new(50) { |n| ModelSpec::Call.new(:advance, "lobby", "a", { by: n }) }
      both = ->(smaller) { ([17, 33] - smaller.calls.map { |call| call.options[:by] }).empty? }

      shrunk = described_class.shrink(history.with(calls)) { |smaller| both[smaller] }

      expect(shrunk.calls.map { |call| call.options[:by] }).to eq [17, 33]
    end
  end
end
