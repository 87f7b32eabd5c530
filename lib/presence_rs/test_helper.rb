# frozen_string_literal: true

require_relative "testing"

module PresenceRs
  # For the tests of an app, with Minitest: each test has a registry of its own, in memory and empty at first, a clock to
  # move instead of waiting, and everything that a change causes has happened when the call that made it returns.
  # The configuration, and the handlers of the app's initializers, are the app's. With RSpec require
  # `presence_rs/rspec` instead. docs/testing_your_app.md has more.
  #
  # @example test/test_helper.rb
  #   require "presence_rs/test_helper"
  #
  #   class ActiveSupport::TestCase
  #     include PresenceRs::TestHelper
  #   end
  #
  # @example A test
  #   test "who is silent for too long has left" do
  #     PresenceRs["room:1"].join(users(:ada), session: "tab")
  #     assert_present users(:ada), on: "room:1"
  #     travel_presence 46
  #     assert_not_present users(:ada), on: "room:1"
  #   end
  module TestHelper
    include Testing::Helpers

    # Fails unless somebody is online, and then says who is.
    #
    # @param user [String, Symbol, Integer, #id]
    # @param message [String, nil] said first
    # @param on [String, Symbol, Topic, #to_gid_param, nil] the topic; nil for the default topic
    # @return [true]
    # @example
    #   assert_present user, on: room
    def assert_present(user, message = nil, on: nil)
      topic = presence_topic(on)
      id = presence_member(user)
      assert topic.online?(id), lambda {
        presence_failure(message, "#{id.inspect} should be present on #{topic.name.inspect}.\n" \
                                  "Present there: #{Testing::Account.present(topic)}.#{Testing::Account.elsewhere(presence_sandbox, topic, id)}")
      }
    end

    # Fails where somebody is online.
    #
    # @param (see #assert_present)
    # @return [true]
    # @example
    #   refute_present user, on: room
    def refute_present(user, message = nil, on: nil)
      topic = presence_topic(on)
      id = presence_member(user)
      assert !topic.online?(id), lambda {
        presence_failure(message, "#{id.inspect} should not be present on #{topic.name.inspect}.\n" \
                                  "Present there: #{Testing::Account.present(topic)}.")
      }
    end
    alias assert_not_present refute_present

    # Fails unless the block changes who is present, or what they show. With `joins`, `leaves` or `updates`, it has to be
    # exactly that: the ones named, and no other.
    #
    # @param topic [String, Symbol, Topic, #to_gid_param, nil] nil: anywhere
    # @param message [String, nil]
    # @param joins [Object, Array, nil] who comes online
    # @param leaves [Object, Array, nil] who goes offline
    # @param updates [Object, Array, nil] who shows something else, or with one session more or less
    # @return [Array<Diff>] the changes, one each, as nothing is held back
    # @example
    #   assert_presence_change(room, joins: user) { subscribe room_id: room.id }
    def assert_presence_change(topic = nil, message = nil, joins: nil, leaves: nil, updates: nil, &block)
      recorder = presence_recording(topic, { joins:, leaves:, updates: }, &block)
      assert recorder.expected?, lambda {
        presence_failure(message, "Expected on #{presence_place(topic)}: #{recorder.wanted}. But:\n#{Testing::Account.changes(recorder.diffs)}")
      }
      recorder.diffs
    end

    # Fails where the block changes who is present, or what they show.
    #
    # @param topic [String, Symbol, Topic, #to_gid_param, nil] nil: anywhere
    # @param message [String, nil]
    # @return [true]
    # @example
    #   assert_no_presence_change(room) { get page_path }
    def assert_no_presence_change(topic = nil, message = nil, &block)
      recorder = presence_recording(topic, {}, &block)
      assert recorder.none?, lambda {
        presence_failure(message, "Expected no change on #{presence_place(topic)}, but:\n#{Testing::Account.changes(recorder.diffs)}")
      }
    end

    private

    def presence_recording(topic, expected, &block)
      raise ArgumentError, "give a block: what is done in it is looked at" unless block

      Testing::Recorder.new(presence_registry, topic.nil? ? nil : presence_topic(topic), expected).record(&block)
    end

    def presence_place(topic) = topic.nil? ? "any topic" : presence_topic(topic).name.inspect

    def presence_failure(message, text) = [message, text].compact.join("\n")
  end
end
