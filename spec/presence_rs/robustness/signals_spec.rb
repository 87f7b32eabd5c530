# frozen_string_literal: true

require_relative "support"

RSpec.describe "A signal handler" do
  let(:use) { HardUse.new }
  let(:signal) { "USR2" }

  after { use.registry.close }

  # Calls the block in a signal handler, `number` times, while this thread uses the registry.
  def interrupted(number)
    handled = 0
    failure = nil
    before = trap(signal) do
      yield
      handled += 1
    rescue Exception => e # rubocop:disable Lint/RescueException -- raised again outside of the handler
      failure = e
    end
    until handled >= number
      Process.kill(signal, Process.pid)
      10.times { use.call }
      raise failure if failure
    end
  ensure
    trap(signal, before || "DEFAULT")
  end

  it "may call anything of a topic while its thread is in the middle of another call" do
    hard_use = use # RSpec's `let` locks, which no signal handler may
    interrupted(200) { hard_use.call }

    wait_until("the diffs to add up to the lists") { use.settled? }
  end

  it "may be the first to join, which starts the ticker" do
    registry = PresenceRs::Registry.new(coalesce: 0)
    interrupted(1) { registry["x"].join("ada") }

    expect(registry["x"].online?("ada")).to be true
    wait_until("its diff") { registry["x"].position[1] == 1 }
  ensure
    registry.close
  end
end
