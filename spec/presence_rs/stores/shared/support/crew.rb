# frozen_string_literal: true

# Registries in processes of their own that share a store, and clocks moved in step: to whoever calls it, one registry.
#
#     crew = SharedSpec::Crew.new(3, store:, **options)
#     crew["lobby"].join("ada")          # in one of them, by chance
#     crew.clock.advance(3)              # in all of them
module SharedSpec
  # What of a diff can cross a pipe.
  Diff = Struct.new(:topic, :epoch, :from, :version, :count, :joins, :leaves, :updates, :to_json, keyword_init: true) do
    def self.of(diff)
      new(**members.to_h { |name| [name, diff.public_send(name)] })
    end
  end

  # One of the processes: it takes calls as pairs of a name and arguments, and answers with the result and with what its
  # subscription and its handlers were told meanwhile.
  class Hand
    # @param others [Array<Hand>] whose pipes a child of this process would keep open
    def initialize(wall, others, **options)
      down, up = Array.new(2) { IO.pipe.each(&:binmode).each { |io| io.sync = true } }
      @mine, theirs = [up.first, down.last], [down.first, up.last]
      @pid = fork do
        ([self] + others).each(&:let_go)
        serve(*theirs, wall, **options)
        exit!(0)
      end
      theirs.each(&:close)
    end

    def ask(*call)
      Marshal.dump(call, @mine.last)
      Marshal.load(@mine.first).tap { |answer| raise answer.first if answer.first.is_a?(Exception) }
    end

    def let_go = @mine.each(&:close)

    def stop
      @mine.last.close
      ::Process.wait(@pid)
      @mine.first.close
    end

    private

    def serve(input, output, wall, **options)
      clock = PresenceRs::ManualClock.new(Time.at(0, wall, :millisecond))
      registry = PresenceRs::Registry.new(clock:, **options)
      diffs, events = Array.new(2) { [] }
      registry.subscribe { |diff| diffs << Diff.of(diff) }
      registry.on { |event| events << event }
      until input.eof?
        topic, method, arguments, keywords = Marshal.load(input)
        result = answer({ clock: }.fetch(topic) { topic ? registry[topic] : registry }, method, arguments, keywords)
        registry.dispatch
        Marshal.dump([result, diffs.shift(diffs.size), events.shift(events.size)], output)
      end
      registry.close
    end

    def answer(target, method, arguments, keywords)
      result = target.public_send(method, *arguments, **keywords)
      method == :tick ? result.map { |diff| Diff.of(diff) } : plain(result)
    rescue PresenceRs::LimitExceeded, PresenceRs::StoreUnavailable => e
      e
    end

    # Not the clock itself, nor what nobody waits for, which cannot cross a pipe.
    def plain(result) = result.is_a?(PresenceRs::ManualClock) || result.is_a?(Array) && result.any?(PresenceRs::Diff) ? nil : result
  end

  # All of them.
  class Crew
    # What one of them was told is not what another one was told.
    class ToldApart < StandardError; end

    attr_reader :clock

    # @param wall [Integer] what the clocks show at first, in ms
    # @param random [Random] says which of them does what
    def initialize(size, wall:, random:, **options)
      @random = random
      @hands = size.times.each_with_object([]) { |_, hands| hands << Hand.new(wall, hands, **options) }
      @subscribers, @handlers = [], []
      @clock = Clock.new(self, wall)
    end

    def subscribe(&block) = @subscribers << block
    def on(&block) = @handlers << block
    def tick = deal(nil, :tick)
    def topics = deal(nil, :topics)
    def leave_all(id) = deal(nil, :leave_all, [id])
    def close = @hands.each(&:stop)

    def [](name) = Room.new(self, name)

    # One of them does it, and all hear of it.
    def deal(topic, method, arguments = [], keywords = {})
      first = @random.rand(@hands.size)
      answers = @hands.rotate(first).map.with_index do |hand, index|
        hand.ask(*(index.zero? ? [topic, method, arguments, keywords] : [nil, :dispatch, [], {}]))
      end
      hear(answers)
      answers.first.first
    end

    # Each of them does it.
    def all(topic, method, *arguments)
      hear(@hands.map { |hand| hand.ask(topic, method, arguments, {}) })
    end

    private

    # Every process is told the same; handlers are called in one of them.
    def hear(answers)
      told = answers.map { |_, diffs, _| diffs.map(&:to_json) }
      raise ToldApart, "not all were told the same: #{told}" if told.uniq.size > 1

      answers.first[1].each { |diff| @subscribers.each { |block| block.call(diff) } }
      answers.flat_map(&:last).each { |event| @handlers.each { |block| block.call(event) } }
    end
  end

  # A topic of theirs.
  class Room
    attr_reader :name

    def initialize(crew, name)
      @crew = crew
      @name = name
    end

    def to_json(*) = @crew.deal(@name, :to_json)

    def method_missing(method, *arguments, **keywords) = @crew.deal(@name, method, arguments, keywords)
    def respond_to_missing?(*) = true
  end

  # Their clocks.
  class Clock
    def initialize(crew, wall)
      @crew = crew
      @wall = Time.at(0, wall, :millisecond)
    end

    def advance(seconds)
      @wall += Rational((seconds * 1_000).round, 1_000)
      @crew.all(:clock, :advance, seconds)
    end

    def time = @wall

    def time=(time)
      @wall = time
      @crew.all(:clock, :time=, time)
    end
  end
end
