# frozen_string_literal: true

module ModelSpec
  TOPICS = ["lobby", "room:1", "<é\u2028>"].freeze
  MEMBERS = ["a", "b", "c", "\"&é"].freeze
  SESSIONS = %w[s1 s2 s3].freeze
  METAS = [{}, { "n" => 1 }, { "n" => 2 }, { "s" => "</script>, and more bytes" }].freeze
  # Of which half stand on the ends of lives and windows, or next to them.
  TIMES = [0, 0, 0, 0, 1, 17, 99, 100, 101, 900, 1_000, 2_999, 3_000, 30_000, 70_000].freeze

  # A registry's settings and the calls that are made to it, made up from a seed. It shows itself in the words of the
  # public API.
  class History
    attr_reader :rules, :calls

    # @return [History]
    def self.random(seed)
      random = Random.new(seed)
      rules = Rules.random(random)
      course = Course.new(rules, random)
      new(rules, Array.new(random.rand(5..50)) { course.calls(Call.random(random)) }.flatten)
    end

    def initialize(rules, calls)
      @rules = rules
      @calls = calls
    end

    def with(calls) = self.class.new(@rules, calls)

    def to_s
      ["registry = PresenceRs::Registry.new(#{Rules.options(@rules).map { |name, value| "#{name}: #{value}" }.join(", ")}, " \
       "clock: clock = PresenceRs::ManualClock.new)",
       *@calls.map(&:to_s)].join("\n")
    end
  end

  # The settings, times in ms.
  module Rules
    TIMES = %i[coalesce max_coalesce request_ttl touch_every].freeze

    def self.random(random)
      coalesce = [0, 100].sample(random:)
      { coalesce:, max_coalesce: coalesce, request_ttl: [1_000, 3_000].sample(random:), touch_every: [0, 250].sample(random:),
        max_members_per_topic: [2, 100].sample(random:), max_topics: [2, 100].sample(random:),
        max_sessions_per_member: [2, 100].sample(random:), max_member_bytes: [40, 16_384].sample(random:),
        list_limit: [2, 1_000].sample(random:) }
    end

    # @return [Hash] as PresenceRs::Registry.new takes them
    def self.options(rules) = rules.to_h { |name, value| [name, TIMES.include?(name) ? value / 1_000.0 : value] }
  end
end

require_relative "history/call"
require_relative "history/course"
