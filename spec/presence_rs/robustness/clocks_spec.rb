# frozen_string_literal: true

RSpec.describe "Clocks that jump" do
  let(:clock) { PresenceRs::ManualClock.new(Time.at(1_790_000_000)) }
  let(:registry) { PresenceRs::Registry.new(ttl: 30, clock:) }
  let(:room) { registry["x"] }

  after { registry.close }

  [-3_600, 3_600].each do |jump|
    describe "the wall clock, set by #{jump} seconds" do
      before do
        room.join("ada")
        registry.tick
        clock.time += jump
      end

      it "makes nobody leave" do
        clock.advance(29.9)

        expect(registry.tick).to be_empty
        expect(room.touch("ada")).to be true
      end

      it "makes nobody stay" do
        clock.advance(30)

        expect(room.online?("ada")).to be false
        expect(registry.tick.flat_map(&:leaves).map(&:reason)).to eq [:expired]
      end

      it "shows in the times for people from then on, and only there" do
        room.join("bob")

        expect(room.member("ada").joined_at).to eq Time.at(1_790_000_000)
        expect(room.member("bob").joined_at).to eq Time.at(1_790_000_000 + jump)
      end
    end
  end

  describe "the monotonic clock, ahead by an hour while nobody could be heard" do
    before do
      room.join("ada")
      registry.tick
      # The ticker says when it will be back, and then the machine stands still.
      registry.store.next_tick
      clock.advance(3_600)
    end

    it "makes nobody leave who is heard right after" do
      expect(room.touch("ada")).to be true
      expect(registry.tick).to be_empty
    end

    it "gives those who are not heard again what was left of their time, and no more" do
      28.times do
        clock.advance(1)
        registry.store.next_tick # as the ticker, which is back at work
      end
      expect(room.online?("ada")).to be true
      2.times do
        clock.advance(1)
        registry.store.next_tick
      end
      expect(room.online?("ada")).to be false
    end
  end

  it "counts the time while nobody ticks: a registry at rest is not a stall" do
    room.join("ada")
    clock.advance(3_600)

    expect(room.touch("ada")).to be false
  end

  it "are read at different precision, and without a window a snapshot still shows every change at once" do
    system = PresenceRs::Registry.new(coalesce: 0)
    lobby = system["lobby"]
    lobby.join("ada", meta: { n: -1 })

    shown = Array.new(300) do |n|
      lobby.update("ada", meta: { n: })
      lobby.snapshot.members.first.metas
    end
    expect(shown).to eq(Array.new(300) { |n| [{ "n" => n }] })
  ensure
    system.close
  end

  describe "a process that is stopped for longer than a ttl" do
    let(:program) { <<~RUBY }
      require "presence_rs"
      registry = PresenceRs::Registry.new(ttl: 2, heartbeat: 0.1, sweep_interval: 0.1)
      registry.on(:leave) { |event| puts "\#{event.id} left"; $stdout.flush }
      room = registry["x"]
      room.join("ada")
      Thread.new { puts room.touch("ada") while $stdin.gets }
      $stdout.sync = true
      loop { sleep 0.05; room.touch("ada") }
    RUBY

    it "keeps those who are heard right after" do
      child = IO.popen([RbConfig.ruby, "-I#{File.expand_path("../../../lib", __dir__)}", "-e", program], "r+")
      ask = -> { child.puts("?") || child.gets }
      expect(ask.call).to eq "true\n"

      Process.kill("STOP", child.pid)
      sleep 4 # longer than the ttl and than what passes for a slow tick: only time passing can show this
      Process.kill("CONT", child.pid)

      5.times { expect(ask.call).to eq "true\n" }
    ensure
      Process.kill("KILL", child.pid)
      child.close
    end
  end
end
