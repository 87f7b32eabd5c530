# frozen_string_literal: true

require "open3"

# Guarantee 10: fork- and thread-safe. A fork in the middle of anything neither deadlocks nor publishes anything twice; on
# the memory store a child starts without members, while topics, handlers and configuration stay.
RSpec.describe "Fork- and thread-safe" do
  let(:registry) { PresenceRs::Registry.new(ttl: 45, coalesce: 0.01) }
  let(:room) { registry["room:1"] }

  after { registry.close }

  it "loses none of 1,000 joins from 4 threads, and leaves no hole in the versions" do
    versions = Thread::Queue.new
    registry.subscribe { |diff| versions << [diff.from, diff.version] }
    Array.new(4) { |thread| Thread.new { 250.times { |i| room.join("m#{thread}-#{i}") } } }.each(&:join)
    expect(room.count).to eq(1_000)
    wait_until { room.snapshot.count == 1_000 }
    wait_until { versions.size == room.snapshot.version }
    expect(Array.new(versions.size) { versions.pop }).to eq(Array.new(room.snapshot.version) { |i| [i, i + 1] })
  end

  it "while the old way, which reads a list, changes it and writes it back, does lose some" do
    cache = { list: [] }
    Array.new(4) do |thread|
      Thread.new do
        250.times do |i|
          list = cache[:list].dup # Rails.cache.read gives a copy
          Thread.pass             # which takes a moment
          cache[:list] = list + ["m#{thread}-#{i}"]
        end
      end
    end.each(&:join)
    expect(cache[:list].size).to be < 1_000
  end

  it "hangs none of 200 children that fork while threads hammer it, and each works by itself" do
    stop = false
    room.join("parent", ttl: 3_600) # two hundred forks take their time on a busy machine
    threads = Array.new(3) do |thread|
      Thread.new do
        i = 0
        until stop
          room.join("m#{thread}-#{i % 50}", session: "s")
          room.touch("m#{thread}-#{i % 50}", session: "s")
          room.leave("m#{thread}-#{(i += 1) % 50}", session: "s")
          Thread.pass # else this example waits a third of a second for every step of its own
        end
      end
    end
    answers = Array.new(10) { Array.new(20) { child { child_works } }.map(&:call) }.flatten
    stop = true
    threads.each(&:join)
    expect(answers.tally).to eq("false true 1 ok" => 200)
    expect(room.online?("parent")).to be(true)
  end

  it "expires the members of a parent once, in the parent" do
    brief = PresenceRs::Registry.new(ttl: 0.3, heartbeat: 0.1, coalesce: 0)
    reader, writer = IO.pipe
    writer.sync = true
    brief.on(:leave) { |event| writer.puts "#{event.id} #{Process.pid}" }
    brief["r"].join("ada")
    # Who comes and goes before a tick that is late is not told of.
    brief.tick
    child = fork do
      brief["r"].join("bob")
      brief.tick
      wait_until { !brief["r"].online?("bob") }
      brief.close
      exit!(0)
    end
    Process.wait(child)
    wait_until { !brief["r"].online?("ada") }
    brief.close
    writer.close
    expect(reader.read.lines(chomp: true)).to contain_exactly("ada #{Process.pid}", "bob #{child}")
  end

  it "goes on after Process.daemon" do
    Dir.mktmpdir do |directory|
      file = File.join(directory, "answer")
      script = <<~RUBY
        room = PresenceRs["room:1"]
        joined = Queue.new
        PresenceRs.on(:join) { |event| joined << event.id }
        room.join("ada")
        joined.pop
        Process.daemon(true, true)
        room.join("bob")
        File.write("#{file}.part", joined.pop + " " + room.ids.inspect)
        File.rename("#{file}.part", "#{file}")
      RUBY
      system(RbConfig.ruby, "-I#{File.expand_path("../../lib", __dir__)}", "-rpresence_rs", "-e", script, exception: true)
      wait_until(within: 60) { File.exist?(file) }
      expect(File.read(file)).to eq('bob ["bob"]')
    end
  end

  def child_works
    before = room.online?("parent")
    told = Thread::Queue.new
    registry.on(:join) { |event| told << event.id }
    joined = room.join("ada")
    wait_until(within: 60) { told.size.positive? }
    "#{before} #{joined} #{room.count} ok"
  end

  # Forks, and returns what waits for the child's answer. A child that hangs is killed and gives none.
  def child
    reader, writer = IO.pipe
    pid = fork do
      writer.write(yield)
    ensure
      exit!(0)
    end
    writer.close
    lambda do
      reader.wait_readable(90) ? reader.read : "hangs"
    ensure
      Process.kill(:KILL, pid)
      Process.wait(pid)
      reader.close
    end
  end
end
