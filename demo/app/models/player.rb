# frozen_string_literal: true

# Somebody who has signed in with a nickname. Two people may have the same one: what tells
# them apart is the id. The name is in the id too, since there is no database to look it up in.
class Player
  include ActiveModel::Model
  include ActiveModel::Attributes

  KEY = "player_id"

  attribute :id, :string
  attribute :name, :string

  validates :name, presence: { message: "can't be blank" },
                   length: { maximum: 40 },
                   format: { without: /[[:cntrl:]]/, message: "can't have control characters" }

  # A new one, with an id of their own.
  def self.named(name)
    name = name.to_s.squish
    new(name:, id: "#{SecureRandom.hex(4)}:#{name}")
  end

  def self.from_session(session)
    id = session[KEY] and new(id:, name: id.partition(":").last)
  end

  def to_s = id
end
