# frozen_string_literal: true

module ModelSpec
  # Knows the topics only from the JSON of their diffs, as a page does.
  class Follower
    # A change that is none, or a hole between two versions.
    class Gap < StandardError; end

    def initialize
      @topics = Hash.new { |all, name| all[name] = { "epoch" => "", "version" => 0, "members" => {} } }
      @epochs = []
    end

    def [](topic) = @topics[topic]

    def apply(json)
      diff = JSON.parse(json)
      state = @topics[diff["topic"]]
      begin_epoch(state, diff) if diff["from"].zero?
      unless state.values_at("epoch", "version") == diff.values_at("epoch", "from") && diff["version"] == diff["from"] + 1
        raise Gap, "a hole after #{state.inspect}: #{json}"
      end

      change(state["members"], diff)
      state["version"] = diff["version"]
      raise Gap, "the count is not #{state["members"].size}: #{json}" unless state["members"].size == diff["count"]

      @topics.delete(diff["topic"]) if diff["count"].zero?
    end

    private

    def begin_epoch(state, diff)
      raise Gap, "an epoch was there before: #{diff}" if @epochs.include?(diff["epoch"]) || diff["epoch"].empty?
      raise Gap, "an epoch begins before the last has ended: #{diff}" if state["members"].any?

      @epochs << diff["epoch"]
      state["epoch"] = diff["epoch"]
    end

    def change(members, diff)
      raise Gap, "a diff without a change: #{diff}" if diff.values_at("joins", "leaves", "updates").all?(&:empty?)

      diff["leaves"].each { |it| members.delete(it["id"]) or raise(Gap, "leaves who is not there: #{diff}") }
      diff["joins"].each do |it|
        raise Gap, "joins who is there: #{diff}" if members.key?(it["id"])

        members[it["id"]] = it
      end
      diff["updates"].each do |it|
        raise Gap, "an update without news: #{diff}" if members.fetch(it["id"]) == it

        members[it["id"]] = it
      end
    end
  end
end
