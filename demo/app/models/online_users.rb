# frozen_string_literal: true

# The old way, here to be compared with. Do not copy it:
#
# - a page that dies without a word stays on the list for good;
# - between the read and the write of one request another one may write, which is then lost;
# - a second tab that closes takes the first one along.
class OnlineUsers
  KEY = "online_users"

  def self.all = Rails.cache.read(KEY) || []

  def self.add(name) = Rails.cache.write(KEY, all | [name])

  def self.remove(name) = Rails.cache.write(KEY, all - [name])

  def self.clear = Rails.cache.delete(KEY)
end
