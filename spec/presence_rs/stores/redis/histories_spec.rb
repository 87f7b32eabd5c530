# frozen_string_literal: true

require "securerandom"
require_relative "../../../model/support/history"
require_relative "../../../model/support/player"
require_relative "../../../model/support/shrinker"

# The random histories of spec/model, their calls dealt over three registries that share a server.
#
#   PRESENCE_HISTORIES=5000 SEED=123 bundle exec rspec spec/presence_rs/stores/redis/histories_spec.rb
RSpec.describe PresenceRs::Stores::Redis, "in random histories" do
  # Three registries that look like one: each call goes to one of them, and all hear of it before the next.
  dealer = Class.new do
    def initialize(random, registries)
      @random = random
      @registries = registries
    end

    def subscribe(&) = @registries.first.subscribe(&)

    # Each change is taken by one of them: handlers stand everywhere.
    def on(&block) = @registries.each { |registry| registry.on(&block) }

    def close = @registries.each(&:close)

    def deal(method, *arguments, topic: nil, **options)
      registry = @registries.sample(random: @random)
      (topic ? registry[topic] : registry).public_send(method, *arguments, **options).tap { @registries.each(&:dispatch) }
    end

    def tick = deal(:tick)
    def topics = deal(:topics)
    def leave_all(id) = deal(:leave_all, id)

    def [](name)
      dealer = self
      Object.new.tap do |topic|
        topic.define_singleton_method(:name) { name }
        topic.define_singleton_method(:method_missing) { |method, *arguments, **options| dealer.deal(method, *arguments, topic: name, **options) }
        topic.define_singleton_method(:respond_to_missing?) { |*| true }
        topic.define_singleton_method(:to_json) { |*| dealer.deal(:to_json, topic: name) }
      end
    end
  end

  player = Class.new(ModelSpec::Player) do
    attr_accessor :store, :seed

    define_singleton_method(:play) do |history, store, seed|
      allocate.tap { |it| it.prepare(history, store, seed) { |registries, random| dealer.new(random, registries) } }.play
      nil
    rescue ModelSpec::Player::Mismatch, ModelSpec::Follower::Gap => e
      e.message
    end

    def prepare(history, store, seed)
      @history = history
      @clock = PresenceRs::ManualClock.new(Time.at(0, ModelSpec::Player::WALL, :millisecond))
      options = ModelSpec::Rules.options(history.rules)
      @registry = yield(Array.new(3) { PresenceRs::Registry.new(clock: @clock, store:, **options) }, Random.new(seed))
      @model = ModelSpec::Model.new(history.rules, ModelSpec::TOPICS, ModelSpec::Player::WALL)
      @follower = ModelSpec::Follower.new
      @events = []
      @registry.subscribe { |diff| take(diff) }
      @registry.on { |event| @events << event }
    end
  end

  RedisServer::PROGRAMS.each do |program|
    # Topics of so few members spill here, so that both forms of a topic are gone through.
    [64, 1].each do |inline|
      it "does what the model says, on #{program} with topics of up to #{inline} members kept small" do
        stub_const("PresenceRs::Stores::Redis::Scripts::INLINE", { INLINE_MEMBERS: inline, INLINE_BYTES: 8_192 })
        first = Integer(ENV.fetch("SEED") { Random.rand(2**48) })
        number = Integer(ENV.fetch("PRESENCE_HISTORIES", 8))
        RSpec.configuration.reporter.message("histories on #{program}: SEED=#{first}, #{number} of them")
        play = lambda do |history, seed|
          player.play(history, [:redis, { url: RedisServer.shared(program).url, prefix: "h#{SecureRandom.hex(6)}", timeout: 10 }], seed)
        end

        number.times do |n|
          history = ModelSpec::History.random(first + n)
          next unless play[history, first + n]

          history = ModelSpec::Shrinker.shrink(history) { |smaller| play[smaller, first + n] }
          raise "#{play[history, first + n]}\n\n#{history}\n\nSEED=#{first + n} PRESENCE_HISTORIES=1 repeats it."
        end
      end
    end
  end
end
