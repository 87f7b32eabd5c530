# frozen_string_literal: true

require "fcntl"
require_relative "../model/support/follower"
require_relative "support/shared/worker"

# A process is stopped (SIGSTOP, a debugger, a frozen container), and goes on later.
#
#   SHARED_STOP=10 bundle exec rspec spec/processes/shared_stops_spec.rb    # after so many seconds
RSpec.describe "A process on the shared store that is stopped" do
  let(:path) { File.join(@directory, "presence") }
  let(:ttl) { 2 }
  # Longer than the ttl.
  let(:seconds) { Float(ENV.fetch("SHARED_STOP", 4)) }

  around { |example| Dir.mktmpdir { |directory| (@directory = directory) && example.run } }

  def worker(**options) = SharedWorker.start(path:, ttl:, beat: 0.3, **options)

  def replay(diffs)
    ModelSpec::Follower.new.tap { |follower| diffs.each { |diff| follower.apply(JSON.generate(diff)) } }
  end

  # @return [Float] seconds that it took at best, of some times: a busy machine is in no hurry either
  def quickest(asked = witness)
    Array.new(5) { [yield, asked.took].last }.min
  end

  # Nobody waits in full at each call.
  def expect_to_be_told(newcomer, message)
    [%w[online? ada], ["touch", "ada", { session: "tab" }], %w[join carl]].each do |call|
      waited = quickest(newcomer) {
        expect { newcomer.ask("call", "room", *call) }.to raise_error(SharedWorker::Raised, /StoreUnavailable.*#{message}/)
      }
      expect(waited).to be < 0.3
    end
  end

  # Whatever it does by itself just then.
  def stop_outside_of_a_write(victim, witness)
    wait_until("it to be stopped outside of a write") do
      StandingStill.stop(victim.pid)
      witness.ask("registry", "leave_all", "nobody") || true
    rescue SharedWorker::Raised
      victim.signal("CONT")
      false
    end
  end

  context "in the middle of a write" do
    let!(:witness) { worker }
    let!(:victim) { worker }

    before do
      witness.ask("keep", "room", "ada", "tab")
      victim.ask("keep", "room", "bob", "tab")
      wait_until { witness.diffs.sum { |diff| diff["joins"].size } >= 2 }
      # Heard just before: a victim that the machine leaves waiting would stop with half its ttl gone.
      victim.send("call", "room", "touch", "bob", { session: "tab" })
      victim.send("store", "halfway", Signal.list.fetch("STOP"))
      expect(victim.answer).to be(true)
      victim.wait_until_stopped
    end

    it "holds up neither reads nor heartbeats, and others' writes for half a second" do
      expect(quickest { witness.ask("call", "room", "count") }).to be < 0.1
      expect(quickest { witness.ask("call", "room", "ids") }).to be < 0.1
      expect(quickest { expect(witness.ask("call", "room", "touch", "ada", { session: "tab" })).to be(true) }).to be < 0.1
      expect(witness.ask("call", "room", "snapshot")).to include("count" => 2)
      expect { witness.ask("call", "room", "join", "carl") }
        .to raise_error(SharedWorker::Raised,
                        /StoreUnavailable.*cannot be written to.*is one stopped \(SIGSTOP, a debugger\)\? Continue it or kill it/)
      expect(witness.took).to be < 5
      # From then on nobody waits so long again.
      waited = quickest { expect { witness.ask("call", "room", "join", "carl") }.to raise_error(SharedWorker::Raised, /StoreUnavailable/) }
      expect(waited).to be < 0.3
      victim.signal("CONT")
      expect(victim.answer).to be_nil
      expect(wait_until { witness.ask("call", "room", "join", "carl") rescue nil }).to be(true) # rubocop:disable Style/RescueModifier
    end

    it "is waited for once by a process that opens the store meanwhile" do
      newcomer = worker
      expect(newcomer.ask("errors")).to include(/cannot be written to.*is one stopped/)
      expect_to_be_told(newcomer, "(cannot be written to|another thread is opening)")
      victim.signal("CONT")
      expect(wait_until { newcomer.ask("call", "room", "online?", "ada") rescue nil }).to be(true) # rubocop:disable Style/RescueModifier
      expect(newcomer.ask("call", "room", "join", "carl")).to be(true)
    end

    it "makes nobody leave, and all goes on when it does" do
      deadline = Waiting.now + seconds
      while Waiting.now < deadline
        expect(witness.ask("call", "room", "ids").sort).to eq(%w[ada bob])
        sleep 0.1
      end
      victim.signal("CONT")
      expect(victim.answer).to be_nil
      joined = wait_until { witness.ask("call", "room", "join", "carl", { ttl: 3_600 }) rescue nil } # rubocop:disable Style/RescueModifier
      expect(joined).to be(true)
      wait_until(within: 30) { victim.diffs.any? { |diff| diff["joins"].any? { |join| join["id"] == "carl" } } }
      expect(witness.diffs.flat_map { |diff| diff["leaves"] }).to eq([])
      expect(replay(victim.diffs)["room"]["members"].keys.sort).to eq(%w[ada bob carl])
      expect(witness.ask("call", "room", "online?", "nobody")).to be(false)
    end

    it "and killed then, is no more in the way" do
      victim.kill
      expect(wait_until { witness.ask("call", "room", "join", "carl") rescue nil }).to be(true) # rubocop:disable Style/RescueModifier
      wait_until("bob to expire", within: 30) {
        witness.ask("call", "room", "ids").sort == %w[ada] + (witness.ask("call", "room", "online?", "carl") ? %w[carl] : [])
      }
    end
  end

  it "in the middle of opening the store, is waited for once by another that opens it, and holds up nobody else" do
    witness = worker
    witness.ask("keep", "room", "ada", "tab")
    opener = fork do
      # An exclusive lock on the first byte: it is opening the files.
      lock = File.open(File.join(path, "lock"), "r+")
      lock.fcntl(Fcntl::F_SETLK, [Fcntl::F_WRLCK, IO::SEEK_SET, 0, 1, 0].pack("ssx4qqix4"))
      sleep
    end
    inode = File.stat(File.join(path, "lock")).ino
    wait_until { File.read("/proc/locks").match?(/WRITE #{opener} .*:#{inode} 0 0/) }
    newcomer = worker
    expect_to_be_told(newcomer, "(cannot be opened.*is one stopped|another thread is opening)")
    expect(witness.ask("call", "room", "ids")).to eq(["ada"])
    expect(witness.ask("call", "room", "join", "bob")).to be(true)
    Process.kill("KILL", opener)
    expect(wait_until { newcomer.ask("call", "room", "online?", "ada") rescue nil }).to be(true) # rubocop:disable Style/RescueModifier
  ensure
    Process.kill("KILL", opener) && Process.wait(opener) if opener
  end

  it "is taken for dead by the others after its sessions' ttl, and brings them back" do
    witness = worker
    victim = worker
    victim.ask("keep", "room", "bob", "tab")
    wait_until { [witness, victim].all? { |it| it.diffs.any? } }
    stop_outside_of_a_write(victim, witness)
    wait_until("bob to expire", within: 30) { witness.diffs.any? { |diff| diff["leaves"].any? } }
    victim.signal("CONT")
    wait_until("bob to be back", within: 30) { witness.ask("call", "room", "ids") == ["bob"] }
    wait_until("it to be told so", within: 30) do
      told = victim.diffs
      told.any? { |diff| diff["leaves"].any? } && replay(told)["room"]["members"].keys == ["bob"]
    end
    expect(victim.diffs.map { |diff| diff["reset"] }).to all(be(false))
  end

  it "does not sweep away those who spoke in other processes while it was stopped" do
    witness = worker
    victim = worker
    3.times { |n| witness.ask("keep", "room", "w#{n}", "tab") }
    3.times do
      victim.signal("STOP")
      sleep ttl + 0.5
      victim.signal("CONT")
      expect(victim.ask("call", "room", "count")).to eq(3)
    end
    expect(victim.diffs.flat_map { |diff| diff["leaves"] }).to eq([])
  end

  it "is told the whole list of what has changed, once the log does not reach back so far" do
    witness = worker(size: 4 * 1024 * 1024)
    victim = worker(size: 4 * 1024 * 1024)
    %w[same gone other].each { |topic| witness.ask("keep", topic, "ada", "tab") }
    wait_until { victim.diffs.map { |diff| diff["topic"] }.uniq.size == 3 }
    stop_outside_of_a_write(victim, witness)
    witness.ask("drop", "gone", "ada", "tab")
    witness.ask("keep", "other", "bob", "tab")
    wait_until(within: 30) { witness.ask("call", "gone", "position") == ["", 0, 0] }
    # More than the log keeps of a store of this size, of no more members than it has room for.
    version = 0
    140.times do |n|
      20.times { |m| witness.ask("call", "flood", "join", "m#{m}", { meta: { n:, text: "x" * 1_000 }, ttl: 3_600 }) }
      version = wait_until { (now = witness.ask("call", "flood", "position")[1]) > version && now }
    end
    victim.signal("CONT")
    resets = wait_until(within: 60) do
      found = victim.diffs.select { |diff| diff["reset"] }
      found if (found.map { |diff| diff["topic"] } & %w[gone other flood]).size == 3
    end
    expect(resets.map { |diff| diff["topic"] }).not_to include("same")
    other = resets.find { |diff| diff["topic"] == "other" }
    expect(other).to include("type" => "presence_state", "count" => 2)
    expect(other["members"].map { |member| member["id"] }).to contain_exactly("ada", "bob")
    expect(resets.find { |diff| diff["topic"] == "gone" }).to include("epoch" => "", "version" => 0, "count" => 0)
  end
end
