# frozen_string_literal: true

require "tmpdir"
require_relative "../../../model/support/history"
require_relative "../../../model/support/player"
require_relative "../../../model/support/shrinker"
require_relative "support/crew"

# The random histories of spec/model, their calls dealt over three processes that share a store.
#
#   PRESENCE_HISTORIES=5000 SEED=123 bundle exec rspec spec/presence_rs/stores/shared/histories_spec.rb
RSpec.describe PresenceRs::Stores::Shared, "in random histories" do
  player = Class.new(ModelSpec::Player) do
    define_singleton_method(:play) do |history, seed|
      Dir.mktmpdir { |directory| allocate.tap { |it| it.prepare(history, seed, directory) }.play }
      nil
    rescue ModelSpec::Player::Mismatch, ModelSpec::Follower::Gap, SharedSpec::Crew::ToldApart => e
      e.message
    end

    def prepare(history, seed, directory)
      @history = history
      @registry = SharedSpec::Crew.new(3, wall: ModelSpec::Player::WALL, random: Random.new(seed),
                                          store: [:shared, { path: File.join(directory, "presence") }],
                                          **ModelSpec::Rules.options(history.rules))
      @clock = @registry.clock
      @model = ModelSpec::Model.new(history.rules, ModelSpec::TOPICS, ModelSpec::Player::WALL)
      @follower = ModelSpec::Follower.new
      @events = []
      @registry.subscribe { |diff| take(diff) }
      @registry.on { |event| @events << event }
    end
  end

  it "does what the model says" do
    first = Integer(ENV.fetch("SEED") { Random.rand(2**48) })
    number = Integer(ENV.fetch("PRESENCE_HISTORIES", 25))
    RSpec.configuration.reporter.message("histories of three processes: SEED=#{first}, #{number} of them")

    number.times do |n|
      history = ModelSpec::History.random(first + n)
      next unless player.play(history, first + n)

      history = ModelSpec::Shrinker.shrink(history) { |smaller| player.play(smaller, first + n) }
      raise "#{player.play(history, first + n)}\n\n#{history}\n\nSEED=#{first + n} PRESENCE_HISTORIES=1 repeats it."
    end
  end
end
