# frozen_string_literal: true

require "open3"

# Guarantee 9: lifetimes are measured on a monotonic clock; a stall makes nobody leave who is heard again right after.
RSpec.describe "Clocks" do
  let(:clock) { PresenceRs::ManualClock.new }
  let(:registry) { PresenceRs::Registry.new(ttl: 45, clock:) }
  let(:room) { registry["room:1"] }

  [["back", -3600], ["ahead", 3600]].each do |direction, seconds|
    it "lets nobody leave and nobody stay when the wall clock is set #{direction} by an hour" do
      room.join("ada")
      clock.time += seconds
      registry.tick
      expect(room.online?("ada")).to be(true)
      clock.advance(44)
      expect(room.online?("ada")).to be(true)
      clock.advance(1)
      expect(room.online?("ada")).to be(false)
    end
  end

  it "gives Times for people, in whole ms, from the wall clock" do
    clock.time = Time.at(1_800_000_000, 5, :millisecond)
    room.join("ada")
    expect(room.member("ada").joined_at).to eq(Time.at(1_800_000_000, 5, :millisecond))
    expect(room.last_seen_at("ada")).to eq(Time.at(1_800_000_000, 5, :millisecond))
  end

  it "gives no two lives of a topic the same epoch, in whichever process" do
    epochs = Array.new(3) do
      registry = PresenceRs::Registry.new(clock: PresenceRs::ManualClock.new)
      registry["r"].join("ada")
      [registry["r"].snapshot.epoch, in_child { registry["r"].join("ada") && registry["r"].snapshot.epoch }]
    end
    expect(epochs.flatten.uniq.size).to eq(6)
  end

  it "lets nobody leave for a stopped process who is heard again right after" do
    script = <<~RUBY
      registry = PresenceRs::Registry.new(ttl: 3, heartbeat: 1)
      registry.on(:leave) { |event| puts "left \#{event.id}" }
      registry["r"].join("ada")
      registry["r"].join("bob")
      puts "ready"
      $stdin.each_line { puts registry["r"].touch("ada") }
      sleep 0.01 while registry["r"].online?("bob")
      puts "bob is gone, ada is \#{registry['r'].online?('ada') ? 'here' : 'gone'}"
    RUBY
    Open3.popen2({ "RUBYOPT" => nil }, RbConfig.ruby, "-Ilib", "-rpresence_rs", "-e", "$stdout.sync = true\n#{script}") do |input, output, process|
      expect(output.gets).to eq("ready\n")
      StandingStill.stop(process.pid)
      # The heartbeats wait in the pipe, as they would in a socket, while the process stands still for longer than the ttl.
      2.times { input.puts "heartbeat" }
      started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      wait_until(within: 20) { Process.clock_gettime(Process::CLOCK_MONOTONIC) - started > 5 }
      Process.kill(:CONT, process.pid)
      expect(Array.new(2) { output.gets }).to eq(["true\n"] * 2)
      input.close
      expect(output.read).to include("bob is gone, ada is").and include("left bob")
    end
  end

  def in_child(&block)
    reader, writer = IO.pipe
    pid = fork do
      writer.write(block.call)
      exit!(0)
    end
    writer.close
    Process.wait(pid)
    reader.read
  end
end
