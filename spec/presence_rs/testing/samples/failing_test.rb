# frozen_string_literal: true

require "minitest/autorun"
require "presence_rs/test_helper"

# Each of these fails; what it says is what the spec reads.
class FailingTest < Minitest::Test
  include PresenceRs::TestHelper
  i_suck_and_my_tests_are_order_dependent!

  def room = PresenceRs["room:1"]

  def test_1_somebody_missing
    room.join("grace")
    room.join("grace", session: "phone")
    room.join("bob")
    room.leave("bob", linger: 3)
    PresenceRs["online"].join("ada")
    room.join("ada")
    room.leave("ada")
    travel_presence 2.5
    assert_present "ada", "where is she?", on: room
  end

  def test_2_nobody = assert_present("ada")

  def test_3_somebody_too_many
    room.join("ada")
    refute_present "ada", on: room
  end

  def test_4_a_change
    assert_no_presence_change(room) do
      room.join("ada", meta: { name: "Ada" })
      PresenceRs["elsewhere"].join("bob")
      travel_presence 46
    end
  end

  def test_5_another_change
    assert_presence_change(room, joins: %w[ada grace]) { room.join("ada") }
  end

  def test_6_no_change
    assert_presence_change { room.touch("ada") }
  end

  def test_7_no_block = assert_no_presence_change(room)

  def test_8_configured_too_late
    room.join("ada")
    PresenceRs.configure { |config| config.ttl = 5 }
    assert_equal 45, PresenceRs.registry.config.ttl
    flunk
  end
end

class NotSetUp < Minitest::Test
  include PresenceRs::TestHelper

  def before_setup = nil
  def test_it = assert_present("ada")
end
