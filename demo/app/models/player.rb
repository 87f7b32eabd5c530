# frozen_string_literal: true

# Somebody who has signed in with a nickname. Two people may have the same one: what tells
# them apart is the id. The name is in the id too, since there is no database to look it up in.
class Player
  include ActiveModel::Model
  include ActiveModel::Attributes

  KEY = "player_id"
  # A letter, digit, sign or emoji, but none of those that show nothing: fillers, and the blank of Braille.
  VISIBLE = /[[\p{L}\p{N}\p{P}\p{S}]&&[^\u115F\u1160\u3164\uFFA0\u2800]]/

  attribute :id, :string
  attribute :name, :string

  validates :name, presence: { message: "can't be blank" },
                   length: { maximum: 40 },
                   format: { without: /[[:cntrl:]]/, message: "can't have control characters" }
  validates :name, format: { with: VISIBLE, message: "needs a character that can be seen" }, allow_blank: true

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
