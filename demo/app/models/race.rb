# frozen_string_literal: true

# A race is its name and the text that follows from it: nothing is stored, and it is over
# when everybody has left.
class Race
  ADJECTIVES = %w[brisk calm clever daring gentle keen lively lucky merry nimble quick quiet rapid steady swift witty].freeze
  ANIMALS = %w[badger crane falcon ferret fox gecko heron ibex lynx marten otter puffin raven stoat swift wren].freeze
  TEXTS = [
    "A list of who is online is easy to draw and hard to keep right. Tabs crash, trains enter tunnels, and laptops " \
    "close in the middle of a word.",
    "The lamp in the hall had been on all night. Somebody must have left in a hurry, she thought, or somebody is " \
    "still here.",
    "Nobody tells the door that they are leaving. The honest way to know is to listen for a while, and to believe " \
    "the silence.",
    "Good tools are quiet. They do the small thing they promised, tell you plainly when they cannot, and stay out " \
    "of the way.",
    "Rust keeps the register and Ruby keeps the door. Between the two of them, everyone who comes in is counted " \
    "exactly once."
  ].freeze

  attr_reader :id

  # One that nobody is in.
  def self.create
    loop do
      race = new("#{ADJECTIVES.sample}-#{ANIMALS.sample}")
      return race if race.presence_topic.count.zero?
    end
  end

  # Only what `create` can have made: so nobody can make up topics without end.
  def self.find(id)
    adjective, animal, *rest = id.to_s.split("-", -1)
    new(id) if ADJECTIVES.include?(adjective) && ANIMALS.include?(animal) && rest.empty?
  end

  def initialize(id)
    @id = id
  end

  # The topic that its people are on.
  def presence_topic = PresenceRs["race:#{id}"]

  def name = id.tr("-", " ").titleize

  def text = TEXTS[id.sum % TEXTS.size]

  def to_param = id
end
