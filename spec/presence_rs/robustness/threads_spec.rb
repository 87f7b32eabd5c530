# frozen_string_literal: true

require_relative "support"

RSpec.describe "A registry used from many threads" do
  let(:use) { HardUse.new }

  after { use.registry.close }

  it "is right in the end, with every diff in order" do
    threads = Array.new(8) { |n| Thread.new { 1_000.times.inject(Random.new(n)) { |random, _| random.tap { use.call(random) } } } }
    threads.each(&:join)

    wait_until("the diffs to add up to the lists") { use.settled? }
    expect(use.broken).to be_empty
  end

  it "counts each of them once who come from eight threads at the same time" do
    room = use.registry["hall"]
    came = Array.new(8) { |n| Thread.new { Array.new(500) { |m| room.join("m#{m}", session: "t#{n}") }.count(true) } }

    expect(came.sum(&:value)).to eq 500
    expect(room.count).to eq 500
    expect(room.members.map(&:sessions)).to all eq 8
  end

  it "builds one registry of the process, whoever asks first" do
    PresenceRs.reset!
    expect(Array.new(8) { Thread.new { PresenceRs.registry } }.map(&:value).uniq.size).to eq 1
  end

  it "goes on when threads are killed in the middle of anything" do
    random = Random.new(1)
    50.times do
      thread = Thread.new {
        loop {
          use.call
          Thread.pass
        }
      }
      sleep(random.rand * 0.004) # anywhere in the middle: no condition to wait for
      thread.kill.join
    end

    wait_until("the diffs to add up to the lists") { use.settled? }
  end

  it "goes on when a Timeout interrupts anything" do
    50.times do
      expect {
        Timeout.timeout(0.002) {
          loop {
            use.call
            Thread.pass
          }
        }
      }.to raise_error Timeout::Error
    end

    wait_until("the diffs to add up to the lists") { use.settled? }
  end

  it "goes on when an exception is raised into a thread" do
    interruption = Class.new(StandardError)
    50.times do
      ready = Queue.new
      thread = Thread.new {
        loop {
          use.call.tap { ready << true }
          Thread.pass
        }
      }
      thread.report_on_exception = false
      ready.pop
      thread.raise(interruption)
      expect { thread.join }.to raise_error interruption
    end

    wait_until("the diffs to add up to the lists") { use.settled? }
  end
end
