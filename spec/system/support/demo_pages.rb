# frozen_string_literal: true

require_relative "person"
require_relative "silent_proxy"
require_relative "visitor"

# What the browser specs share: the demo in a real Puma, people in browsers of their own, and waiting for what their
# pages show.
module DemoPages
  # Where a goodbye shows soon, and nothing else does: so that it shows which of the two it was.
  PATIENT = { "PRESENCE_TTL" => "60", "PRESENCE_HEARTBEAT" => "1", "PRESENCE_LINGER" => "2", "PRESENCE_GRACE" => "40" }.freeze
  # Where silence shows soon; but not that of a page which has to wait, while another browser starts, for its turn.
  STRICT = { "PRESENCE_TTL" => "6", "PRESENCE_HEARTBEAT" => "1", "PRESENCE_LINGER" => "0.5", "PRESENCE_GRACE" => "1" }.freeze

  # For groups: `with_demo DemoPages::STRICT`.
  module Group
    # @param env [Hash{String => String}] seconds as Strings; groups with the same share a server
    def with_demo(env)
      before(:context) { @demo = DemoPages.demo(env) }
    end
  end

  @demos = {}
  @browsers = []

  class << self
    # Browsers that are nobody's for now: to start one takes longer than most examples.
    attr_reader :browsers

    # @return [Servers::Server]
    def demo(env)
      @demos[env] ||= Servers.demo(env)
    end

    # @return [Boolean] whether the examples that come have this demo too
    def shared?(demo)
      @demos.value?(demo)
    end

    # @return [Visitor] somebody who looks at the list of a shared demo, and is not on it
    def caretaker(demo)
      (@caretakers ||= {})[demo] ||= Visitor.new(demo).sign_in("Caretaker")
    end

    def clean_up
      @browsers.each(&:quit)
      @demos.each_value { |demo| demo.stop("KILL") }
    end
  end

  # @return [Servers::Server]
  attr_reader :demo

  # @param through [SilentProxy, Servers::Server] where their browser finds the demo
  # @return [Person] in a browser of their own, at a page that is live
  def enter(name, path: "/", through: demo, **options)
    browser = (DemoPages.browsers.pop if options.empty?) || Browser.new(**options)
    person = Person.new(browser, name, through.url)
    (@people ||= []) << person
    (@special ||= []) << person unless options.empty?
    person.enter(path)
  end

  # @return [Visitor] somebody without a browser
  def visitor(name)
    Visitor.new(demo).sign_in(name).tap { |visitor| (@visitors ||= []) << visitor }
  end

  # Waits until a page shows these people and nobody else.
  def expect_people(person, *names, within: Waiting::DEADLINE)
    wait_until(-> { "#{names.sort} on the page of #{person}" }, within: within) { person.people == names.sort }
  end

  # Waits until a page has been told something.
  #
  # @return [Array] that event
  def expect_event(person, type, name, within: Waiting::DEADLINE)
    wait_until(-> { "#{type} #{name} on the page of #{person}" }, within: within) do
      person.events(type).reverse.find { |_, who,| who == name }
    end
  end

  # Waits until a page shows so many tabs of somebody's: those of pages that were left go by words that are under way.
  def expect_tabs(person, name, count)
    shown = nil
    wait_until(-> { "#{count} tabs of #{name}'s, not #{shown.inspect}, on the page of #{person}" }) do
      (shown = person.metas(name)&.size) == count
    end
  end

  # Waits until the page's list is the server's: the same people with the same metas, in the same order.
  def expect_servers_list(person)
    asker = Visitor.new(demo, person.cookie)
    seen = nil
    wait_until(-> { "the server's list, #{seen.inspect}, on the page of #{person}, which has #{person.list}" }) do
      seen = asker.snapshot["members"].sort_by { |member| [member["joined_at"], member["id"]] }
      person.list == seen && !person.stale?
    end
  end

  # Waits until a goodbye that is said now would have taken effect: by then all earlier ones have, too, as all linger
  # for the same time, and are published in order.
  #
  # @param watcher [Person]
  def let_linger_pass(watcher)
    cleo = visitor("Passer-by #{@passers = @passers.to_i + 1}")
    name = "Passer-by #{@passers}"
    cleo.join
    expect_event(watcher, :join, name)
    cleo.leave
    expect_event(watcher, :leave, name)
  end

  # Waits until a page has sent heartbeats, and heard the answers.
  def let_heartbeats_pass(person, count = 2)
    before = person.frames(:got, "presence_ack").size
    wait_until(-> { "#{count} acks to #{person}" }) { person.frames(:got, "presence_ack").size >= before + count }
  end

  # Whose browser still is as it should be leaves it to the next example.
  def leave_browsers(keep:)
    (@people || []).each do |person|
      browser = person.leave_browser if keep && !@special&.include?(person)
      browser ? DemoPages.browsers << browser : person.quit
    end
  end

  # Everybody is signed out, so that the next example begins with nobody; a page request alone would keep them for long.
  # And with nothing that is still to be told: within a window of `coalesce` a page would be told of its own coming, and
  # of the leaves of people whom nobody there has met.
  def everybody_out
    cookies = (@people || []).filter_map(&:cookie)
    cookies.each { |cookie| Visitor.new(demo, cookie).sign_out }
    (@visitors || []).each(&:sign_out)
    seen = nil
    wait_until(-> { "nobody at the demo, and nothing to be told, but there is #{seen}" }, every: 0.05) do
      seen = DemoPages.caretaker(demo).snapshot
      seen["count"].zero? && seen["epoch"].empty?
    end
  end
end

RSpec.configure do |config|
  config.extend DemoPages::Group, :system
  config.include DemoPages, :system
  config.after(:each, :system) do |example|
    # First, as pages that are open and signed in would go on to speak for their people.
    leave_browsers(keep: example.exception.nil?)
    everybody_out if demo&.pid && DemoPages.shared?(demo)
  end
  config.after(:suite) { DemoPages.clean_up }
end
