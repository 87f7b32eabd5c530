# frozen_string_literal: true

require_relative "app"
require "rails/test_help"
require "presence_rs/test_helper"

module ActiveSupport
  class TestCase
    include PresenceRs::TestHelper
    parallelize(workers: Integer(ENV.fetch("SAMPLE_WORKERS")), with: ENV.fetch("SAMPLE_WITH").to_sym, threshold: 0) if ENV["SAMPLE_WORKERS"]
  end
end

class RegistryTest < ActiveSupport::TestCase
  ADA = User.new(1, "Ada")
  ROOM = PresenceRs["room:1"] # of the process's registry: the helper looks the name up in the test's

  # The same in many tests, in any order and at once: each of them is alone.
  10.times do |number|
    test "nobody is there at first, and time passes here alone (#{number})" do
      assert_empty PresenceRs.topics
      assert_not_present ADA, on: "room:1"
      assert PresenceRs["room:1"].join(ADA)
      assert_present ADA, on: ROOM
      assert_same presence_registry, PresenceRs.registry
      assert_in_delta 0, presence_clock.monotonic - (@began ||= presence_clock.monotonic)
      Thread.new { PresenceRs["room:1"].join("of a thread", session: "tab") }.join
      travel_presence 29
      assert_equal 2, PresenceRs["room:1"].count
      assert_presence_change("room:1", leaves: [ADA, "of a thread"]) { travel_presence 2 }
      refute_present 1, on: "room:1"
    end
  end

  test "time passes for lingering too" do
    PresenceRs["room:1"].join(ADA)
    PresenceRs["room:1"].leave(ADA, linger: 3)
    assert_present ADA, on: "room:1"
    travel_presence 3.seconds
    refute_present ADA, on: "room:1"
  end
end

class HandlersTest < ActiveSupport::TestCase
  include ActiveJob::TestHelper

  test "a handler of an initializer has run when the call that causes it returns" do
    PresenceRs["room:1"].join("ada")
    assert_enqueued_with(job: GoodbyeJob, args: ["room:1", "ada", "left"]) { PresenceRs["room:1"].leave("ada") }
    PresenceRs["room:2"].join("ada")
    assert_enqueued_with(job: GoodbyeJob, args: ["room:2", "ada", "expired"]) { travel_presence 31 }
    assert_operator HEARD.size, :>=, 4
  end

  test "a handler of the test's own ends with it, and does not clear what is current" do
    seen = []
    PresenceRs.on(:join) { |event| seen << [event.id, CurrentUser.user] }
    CurrentUser.user = "grace"
    PresenceRs["room:1"].join("ada")
    assert_equal [%w[ada grace]], seen
    assert_equal "grace", CurrentUser.user
  end

  test "what a handler causes comes in order" do
    PresenceRs.on(:join, topic: "a") { |event| PresenceRs["b"].join(event.id) }
    order = []
    PresenceRs.subscribe { |diff| order << [diff.topic, diff.version] }
    diffs = assert_presence_change { PresenceRs["a"].join("ada") }
    assert_equal([["a", 1], ["b", 1]], order)
    assert_equal(%w[a b], diffs.map(&:topic))
  end
end

unless ENV["SAMPLE_WITH"] == "threads" # threads share the configuration
  class ConfigurationTest < ActiveSupport::TestCase
    3.times do |number|
      test "what a test configures ends with it (#{number})" do
        assert_equal 30, PresenceRs.configuration.ttl
        PresenceRs.configure { |config| config.ttl = 5 }
        PresenceRs["room:1"].join("ada")
        travel_presence 6
        refute_present "ada", on: "room:1"
      end
    end
  end

  class ThreadsTest < ActiveSupport::TestCase
    test "a thread of a pool works for the one test that runs" do
      PresenceRs["room:1"].join("ada")
      assert_equal ["ada"], Pool.run { PresenceRs["room:1"].ids }
      refute_nil Pool.run { PresenceRs["room:1"].join("grace") }
      assert_present "grace", on: "room:1"
    end

    test "a thread of a pool is refused where two tests run" do
      other = Thread.new { PresenceRs::Testing.open("another test") }.value
      error = assert_raises(PresenceRs::Error) { Pool.run { PresenceRs["room:1"].ids } }
      assert_match(/no test has started, while 2 tests run at once \(.*ThreadsTest#.*, another test\)/, error.message)
      assert_empty PresenceRs["room:1"].ids
    ensure
      PresenceRs::Testing.close(other)
    end

    test "four threads with handlers that change something: none waits for another for good, and nothing is lost" do
      came = Thread::Queue.new
      left = Thread::Queue.new
      PresenceRs.on(:join, topic: "busy") { |event| (came << event.id) && PresenceRs.leave_all(event.id) }
      PresenceRs.on(:leave, topic: "busy") { |event| left << event.id }
      names = Array.new(4) { |thread| Array.new(100) { |number| "#{thread}-#{number}" } }
      names.map { |mine| Thread.new { mine.each { |name| PresenceRs["busy"].join(name) } } }.each { |thread| assert thread.join(30) }
      presence_registry.tick
      assert_equal names.flatten.sort, Array.new(came.size) { came.pop }.sort
      assert_equal names.flatten.sort, Array.new(left.size) { left.pop }.sort
      assert_empty PresenceRs["busy"].ids
    end
  end

  # As a system test has it: the app is served by threads of this process, which outlive a test.
  class ServerTest < ActiveSupport::TestCase
    def self.port
      @port ||= begin
        require "puma"
        require "puma/server"
        server = Puma::Server.new(Rails.application)
        server.add_tcp_listener("127.0.0.1", 0).addr[1].tap { server.run }
      end
    end

    3.times do |number|
      test "threads of a server see the registry of the test that runs (#{number})" do
        answer = lambda do
          Net::HTTP.post(URI("http://127.0.0.1:#{self.class.port}/presence/online"), '{"session":"tab"}', "x-user" => "ada").code
        end
        assert_presence_change("online", joins: "ada") { assert_equal "201", answer.call }
        assert_equal "200", answer.call
        assert_presence_change("online", leaves: "ada") { travel_presence 31 }
      end
    end
  end

  class ResetTest < ActiveSupport::TestCase
    test "reset! drops the test's registry, and takes on what was configured since" do
      PresenceRs["room:1"].join("ada")
      PresenceRs.configure { |config| config.ttl = 7 }
      PresenceRs.reset!
      refute_present "ada", on: "room:1"
      PresenceRs["room:1"].join("ada")
      assert_presence_change(leaves: "ada") { travel_presence 8 }
    end
  end
end

class RoomChannelTest < ActionCable::Channel::TestCase
  test "who subscribes is listed, and lingers after they are gone" do
    stub_connection current_user: User.new(1, "Ada")
    assert_presence_change("room:1", joins: 1) { subscribe id: 1 }
    assert_equal(%w[presence_session presence_state], transmissions.map { |message| message["type"] })
    assert_presence_change("room:1", updates: 1) { perform :presence_update, meta: { typing: true } }
    travel_presence 20
    perform :presence_heartbeat
    travel_presence 20
    assert_present 1, on: "room:1"
    assert_no_presence_change("room:1") { unsubscribe }
    assert_presence_change("room:1", leaves: 1) { travel_presence 15 }
  end

  test "who follows sees who comes, at once" do
    stub_connection current_user: User.new(1, "Ada")
    subscribe id: 1
    PresenceRs["room:1"].join("grace")
    assert_equal ["presence_diff", ["grace"]], [transmissions.last["type"], transmissions.last["joins"].map { |member| member["id"] }]
  end
end

class PagesTest < ActionDispatch::IntegrationTest
  test "a page request keeps its member online for five minutes" do
    assert_presence_change("online", joins: "ada") { get "/", headers: { "X-User" => "ada" } }
    assert_equal "ada", response.body
    assert_present "ada"
    assert_no_presence_change { get "/", headers: { "X-User" => "ada" } }
    post "/presence/online", params: { session: "tab" }, as: :json, headers: { "X-User" => "grace" }
    assert_equal 201, response.status
    assert_present "grace"
    travel_presence 301
    refute_present "ada"
  end
end
