# frozen_string_literal: true

require "open3"

RSpec.describe PresenceRs::Ticker do
  let(:reports) { [] }
  let(:registry) { PresenceRs::Registry.new(coalesce: 0, sweep_interval: 0.05) }
  let(:room) { registry["x"] }
  let!(:threads_before) { Thread.list }

  before { PresenceRs.configuration.on_error { |error, context| reports << [error, context] } }

  after do
    registry.close
    PresenceRs.configuration.on_error = nil
  end

  def ticker = (Thread.list - threads_before).find { |thread| thread.name == "presence_rs ticker" }

  # Runs a program of its own; answers its output and whether it ended by itself.
  def run(program, within: 60)
    library = File.expand_path("../../lib", __dir__)
    Timeout.timeout(within) { Open3.capture2e(RbConfig.ruby, "-I#{library}", "-rpresence_rs", "-e", program) }
  end

  describe "its start" do
    it "is with the first join" do
      expect { room.count }.not_to change { ticker }.from(nil)
      room.join("ada")

      expect(ticker).to be_alive
    end

    it "is with the first handler" do
      registry.on(:join) { nil }

      expect(ticker).to be_alive
    end

    it "is never with a clock that is moved by hand" do
      manual = PresenceRs::Registry.new(clock: PresenceRs::ManualClock.new)
      manual.subscribe { nil }
      manual["x"].join("ada")

      expect(ticker).to be_nil
    end
  end

  describe "what goes wrong" do
    it "is said once and tried again, if the store raises" do
      failures = 3
      allow(registry.store).to receive(:tick).and_wrap_original do |tick, force|
        raise IOError, "the store is away" if (failures -= 1) >= 0

        tick.call(force)
      end
      room.join("ada")

      wait_until("the diff") { room.position[1] == 1 && failures.negative? }
      expect(reports.map { |error, _| error.message }).to eq ["the store is away"]
    end

    [LoadError, NotImplementedError, SystemStackError, SecurityError, Class.new(Exception)].each do |kind| # rubocop:disable Lint/InheritException
      it "is said once and tried again, if it is a #{kind.name || "class of its own, below Exception"}" do
        attempts = 0
        allow(registry.store).to receive(:tick).and_wrap_original do |tick, force|
          raise kind, "that goes wrong" if (attempts += 1) <= 3

          tick.call(force)
        end
        room.join("ada")
        first = ticker

        wait_until("the diff") { room.position[1] == 1 && attempts > 3 }
        expect(reports.map { |error, _| [error.class, error.message] }).to eq([[kind, "that goes wrong"]])
        expect(ticker).to be(first)
      end
    end

    it "is said again, if it comes back after all was well" do
      failing = true
      allow(registry.store).to receive(:tick).and_wrap_original { |tick, force| failing ? raise(IOError, "away") : tick.call(force) }
      room.join("ada")
      wait_until("a report") { reports.size == 1 }
      failing = false
      wait_until("the diff") { room.position[1] == 1 }
      seen = []
      registry.subscribe { |diff| seen << diff }
      room.join("bob")
      wait_until("another tick") { seen.any? }
      failing = true
      room.join("eve")

      wait_until("another report") { reports.size == 2 }
      failing = false
    end

    it "starts it again, if somebody kills its thread, and says so once" do
      room.join("ada")
      killed = ticker
      wait_until("it to wait for work") { killed.status == "sleep" }
      killed.kill.join

      wait_until("another thread") { ticker && ticker != killed }
      expect(reports.map { |error, _| error.message }).to contain_exactly(/was killed; it was started again/)
      taken = []
      registry.subscribe { |diff| taken << diff.count }
      room.join("bob")
      wait_until("its diff") { taken.last == 2 }
    end
  end

  describe "a handler that blocks" do
    let(:release) { Queue.new }

    after { release.close }

    it "delays no tick, no diff and no other handler" do
      blocked = Queue.new
      registry.on(:join) { blocked << true && release.pop }
      others = []
      registry.subscribe { |diff| others << diff.version }
      registry.on(:join) { |event| others << event.id }
      sockets = []
      registry.follow { |diff| sockets << diff.version }
      room.join("m0")
      blocked.pop
      1.upto(20) do |n|
        room.join("m#{n}", ttl: 60)
        wait_until("diff #{n}") { others.include?("m#{n}") && sockets.last == room.position[1] }
      end
      room.join("short", ttl: 0.01)
      wait_until("its expiry") { registry["x"].position[2] == 21 }
    end
  end

  describe "the end of the process" do
    it "comes after the handlers of what is pending have run" do
      output, status = run(<<~RUBY)
        registry = PresenceRs::Registry.new(coalesce: 30, max_coalesce: 30)
        registry.on(:leave) { |event| puts "\#{event.id} left" }
        room = registry["x"]
        room.join("ada")
        sleep 0.01 until room.position[1] == 1
        room.leave("ada")
      RUBY

      expect(output).to eq "ada left\n"
      expect(status).to be_success
    end

    it "is not held up by a handler that blocks" do
      output, status = run(<<~RUBY)
        PresenceRs.on(:join) { sleep }
        PresenceRs["x"].join("ada")
        sleep 0.01 until PresenceRs["x"].position[1] == 1
        puts "done"
      RUBY

      expect(output).to eq "done\n"
      expect(status).to be_success
    end

    it "is not held up by a handler that goes on joining" do
      output, status = run(<<~RUBY)
        PresenceRs.on { |event| PresenceRs["x"].join("\#{event.id}+"[-200..] || "\#{event.id}+") }
        PresenceRs["x"].join("ada")
        sleep 0.01 until PresenceRs["x"].count > 1
        puts "done"
      RUBY

      expect(output).to eq "done\n"
      expect(status).to be_success
    end
  end
end
