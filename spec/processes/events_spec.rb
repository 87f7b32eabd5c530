# frozen_string_literal: true

require "tmpdir"
require_relative "support/events_talk"

# Events from a socket of one process to a socket of another, where the processes share a store and nothing else.
RSpec.describe "Events of many processes" do
  app = File.join(__dir__, "support", "events_app")

  shared_examples "pages that talk to each other" do
    let(:pages) { EventsTalk.apart(@ports, %w[ada bob]) }
    let(:ada) { pages.first }
    let(:bob) { pages.last }
    # One more process, which emits from Ruby.
    let(:registry) { PresenceRs::Registry.new(store:) }

    after do
      pages.each { |page| page.close rescue nil } # rubocop:disable Style/RescueModifier
      registry.close
    end

    def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

    # Both hear each other: each process follows the topic by now.
    def meet
      wait_until("both to hear Ruby", within: 30) do
        registry["room"].emit("ready")
        pages.all? { |page| page.heard.any? }
      end
    end

    it "arrive in order, each once", :aggregate_failures do
      meet
      expect(ada.pid).not_to eq(bob.pid)
      200.times do |n|
        pages.each { |page| page.emit("cheer", { n:, at: now }) }
        sleep(0.005)
        # No more on their way than may wait behind one that is held up.
        wait_until("those before them", within: 60) { [ada.numbers("bob"), bob.numbers("ada")].all? { |heard| heard.size > n - 50 } }
      end
      wait_until("all of them", within: 60) { ada.numbers("bob").size >= 200 && bob.numbers("ada").size >= 200 }
      expect([ada.numbers("bob"), bob.numbers("ada")]).to all(eq((0..199).to_a))
      expect(pages.flat_map(&:errors)).to be_empty
      RSpec.configuration.reporter.message("    from socket to socket, median and 99th percentile: " \
                                           "#{EventsTalk.summary(pages.flat_map(&:delays))} of 400 events")
    end

    it "find one member, one session, and come from Ruby", :aggregate_failures do
      meet
      third = EventsTalk::Page.new(@ports.last, "bob")
      ada.emit("signal", { n: 1 }, to: "bob", session: bob.name)
      ada.emit("signal", { n: 2 }, to: "bob")
      # To everybody, the same way as these: after it all of them have arrived.
      ada.emit("cheer", { n: 3 })
      wait_until("what ada said", within: 30) { [bob, third].all? { |page| page.numbers("ada").include?(3) } }
      expect([bob, third].map { |page| page.numbers("ada") }).to eq([[1, 2, 3], [2, 3]])

      registry["room"].emit("start", { n: 4 }, to: "bob")
      registry["room"].emit("start", { n: 5 })
      wait_until("what Ruby said", within: 30) { [ada, bob, third].all? { |page| page.numbers(nil).include?(5) } }
      expect([ada, bob, third].map { |page| page.numbers(nil) }).to eq([[5], [4, 5], [4, 5]])

      ada.perform("start", at: now)
      wait_until("what the server said", within: 30) { [ada, bob, third].all? { |page| page.delays.any? } }
      expect(ada.heard.map { |_, event, _| event }).not_to include("signal")
    ensure
      third&.close
    end

    it "do not reach who was sent away" do
      meet
      carl = EventsTalk.beside(bob, @ports, "carl")
      registry.leave_all("bob")
      5.times { |n| ada.emit("cheer", { n: }) }
      wait_until("them to come to bob's process", within: 30) { carl.numbers("ada").size == 5 }
      bob.emit("cheer", { n: 1 })
      wait_until("bob to be told", within: 30) { bob.errors.include?("forbidden") }
      carl.emit("cheer", { n: 2 })
      wait_until("what was said after that", within: 30) { ada.numbers("carl") == [2] }
      expect(bob.heard.map { |_, event, _| event }.uniq).to eq(["ready"])
      expect(ada.numbers("bob")).to be_empty
    ensure
      carl&.close
    end
  end

  describe "two workers of Puma on the shared store" do
    let(:store) { [:shared, { path: @path, app: "events" }] }

    before(:context) do
      @directory = Dir.mktmpdir
      @path = File.join(@directory, "presence")
      @app = Servers.puma(app, "-w", "2", "-t", "4:4", path: "/up",
                                                       env: { "PRESENCE_STORE" => JSON.generate([:shared, { path: @path, app: "events" }]) })
      @ports = [@app.port]
    end

    after(:context) do
      @app&.stop
      FileUtils.rm_rf(@directory)
    end

    it_behaves_like "pages that talk to each other"
  end

  describe "two applications on Redis" do
    let(:store) { [:redis, { url: @server.url, prefix: "events", timeout: 5 }] }

    before(:context) do
      @server = RedisServer.start
      @apps = Array.new(2) do
        Servers.puma(app, "-t", "4:4", path: "/up",
                                       env: { "PRESENCE_STORE" => JSON.generate([:redis, { url: @server.url, prefix: "events", timeout: 5 }]) })
      end
      @ports = @apps.map(&:port)
    end

    after(:context) do
      @apps&.each(&:stop)
      @server&.stop
    end

    it_behaves_like "pages that talk to each other" do
      it "are lost while the server is away, and their senders told; then they go on" do
        meet
        @server.kill
        ada.emit("cheer", { n: 1 })
        wait_until("the sender to be told", within: 30) { ada.refused("cheer") == ["store_unavailable"] }
        @server.start
        wait_until("events to flow again", within: 60) do
          ada.emit("cheer", { n: 2 })
          sleep(0.05)
          bob.numbers("ada").include?(2)
        end
        expect(bob.numbers("ada")).not_to include(1)
      end
    end
  end
end
