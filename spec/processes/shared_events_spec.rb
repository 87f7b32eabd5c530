# frozen_string_literal: true

require "tmpdir"
require "presence_rs/hub"

# Events on the shared store among processes that are killed, stopped, forked and too slow.
RSpec.describe "Events on the shared store" do
  include EventPages

  let(:path) { File.join(@directory, "presence") }
  let(:errors) { [] }
  let(:registry) { registry_here }
  let(:ear) { come(registry, "ear", topic: "room") }

  around { |example| Dir.mktmpdir { |directory| (@directory = directory) && example.run } }

  before { @children = [] }

  after do
    @children.dup.each { |pid| kill(pid) }
    registry.close
  end

  # It is dying for a moment, in which it may still hold up others.
  def kill(pid)
    Process.kill("KILL", pid)
    Process.wait(pid)
    @children.delete(pid)
  end

  def registry_here
    PresenceRs::Registry.new(store: [:shared, { path:, size: 16_000_000 }], ttl: 3_600, coalesce: 0.01, on_error: lambda { |error|
                                                                                                                    errors << error.message
                                                                                                                  })
  end

  # A process with a registry of its own; its block's answer comes as JSON.
  def process
    reader, writer = IO.pipe
    pid = fork do
      reader.close
      writer.puts(JSON.generate(yield(registry_here["room"], writer)))
      writer.close
    ensure
      exit!(0)
    end
    writer.close
    @children << pid
    [pid, reader]
  end

  def emitting(name)
    process do |room, writer|
      writer.puts("begun")
      writer.flush
      n = 0
      loop do
        room.emit("go", { by: name, n: n += 1, text: "x" * (n % 900) })
      rescue PresenceRs::StoreUnavailable
        next # another one that sends was held up for a tenth of a second
      end
    end
  end

  # Numbers by who has sent them.
  def numbers = ear.events.map { |event| event["data"].values_at("by", "n") }.group_by(&:first).transform_values { |list| list.map(&:last) }

  it "survive those who are killed in the middle of emitting: whole, in order, each once" do
    ear
    8.times do |n|
      pid, output = emitting("p#{n}")
      output.gets
      wait_until("p#{n} to be heard", within: 60) { numbers.key?("p#{n}") }
      kill(pid)
    end
    registry["room"].emit("go", { by: "last", n: 1 })
    wait_until("the last", within: 60) { numbers.key?("last") }
    expect(ear.events.map { |event| event["data"] }.reject { |data| data["text"].to_s.size == data["n"] % 900 || data["by"] == "last" }).to eq([])
    numbers.each_value { |list| expect(list.each_cons(2)).to all(satisfy { |a, b| a < b }) }
    expect(errors.grep_v(/dropped/)).to eq([])
  end

  it "wait a tenth of a second for one who is stopped while it emits, and are refused then" do
    ear
    # By chance: stopped again and again, until it has the lock.
    pid, output = emitting("stopped")
    output.gets
    refused = wait_until("it to be stopped in the middle", within: 60, every: 0) do
      Process.kill("CONT", pid)
      sleep(rand / 500)
      Process.kill("STOP", pid)
      began = Waiting.now
      begin
        registry["room"].emit("go", { by: "me", n: 1 })
        nil
      rescue PresenceRs::StoreUnavailable => e
        [e.message, Waiting.now - began]
      end
    end
    expect(refused.first).to match(/process that is sending one does not go on: is one stopped/)
    # Presence does not mind.
    expect(registry["room"].join("bob")).to be(true)
    wait_until("the diff") { ear.comers.include?("bob") }
    kill(pid)
    wait_until("the lock to be handed on", within: 60) { registry["room"].emit("go", { by: "me", n: 2 }) || true rescue nil } # rubocop:disable Style/RescueModifier
    wait_until { numbers.fetch("me", []).include?(2) }
  end

  it "are lost, oldest first, and counted where a process is stopped for too long" do
    pid, output = process do |room, writer|
      page = come(room.instance_variable_get(:@registry), "slow", topic: "room")
      writer.puts("begun")
      writer.flush
      wait_until(within: 200) { page.heard.last == ["go", 5_000] } # the time in which it is stopped included
      { dropped: room.instance_variable_get(:@registry).dropped_events, heard: page.heard.map(&:last) }
    end
    output.gets
    wait_until { registry["room"].online?("slow") }
    StandingStill.stop(pid)
    1.upto(5_000) { |n| registry["room"].emit("go", { n:, text: "x" * 2_000 }) }
    Process.kill("CONT", pid)
    found = JSON.parse(output.gets)
    expect(found["heard"]).to eq(((5_001 - found["heard"].size)..5_000).to_a)
    expect(found["heard"].size).to be_between(500, 1_500)
    expect(found["dropped"] + found["heard"].size).to eq(5_000)
  end

  it "reach a child's own pages, and its parent's", :aggregate_failures do
    ear
    registry["room"].emit("go", { by: "parent", n: 1 })
    wait_until { numbers.key?("parent") }
    reader, writer = IO.pipe
    pid = fork do
      page = come(registry, "child", topic: "room")
      registry["room"].emit("go", { by: "child", n: 1 })
      wait_until(within: 60) { page.events.any? { |event| event["data"]["by"] == "again" } }
      writer.puts(JSON.generate(page.events.map { |event| event["data"]["by"] }.uniq))
    ensure
      exit!(0)
    end
    @children << pid
    writer.close
    wait_until(within: 60) { numbers.key?("child") }
    answer = nil
    wait_until("the child", within: 60) do
      registry["room"].emit("go", { by: "again", n: 1 })
      answer = reader.wait_readable(0.05) && reader.gets
    end
    expect(JSON.parse(answer)).to eq(%w[child again])
  end

  it "go on after somebody has removed the file", :aggregate_failures do
    ear
    File.delete(File.join(path, "v1.events"))
    wait_until("it to be noticed", within: 60, every: 0.1) do
      registry["room"].emit("go", { by: "me", n: 1 })
      File.exist?(File.join(path, "v1.events"))
    end
    # Whoever listens notices by itself, and hears what comes after that.
    wait_until("what is sent then", within: 60, every: 0.1) do
      registry["room"].emit("go", { by: "me", n: 2 })
      numbers.fetch("me", []).include?(2)
    end
  end

  it "cost nobody their presence where there is no room for their file" do
    FileUtils.mkdir_p(path, mode: 0o700)
    registry["room"].join("ada")
    FileUtils.mkdir(File.join(path, "v1.events")) # nothing can be opened there
    page = come(registry, "bob", topic: "room")
    wait_until("the list") { page.socket.sent.any? { |message| message["count"] == 2 } }
    expect { registry["room"].emit("go") }.to raise_error(PresenceRs::Error, /v1\.events/)
    page.emit("cheer", {})
    expect(page.errors).to eq(["store_unavailable"])
    wait_until("it to be said") { errors.any?(/v1\.events/) }
    FileUtils.rmdir(File.join(path, "v1.events"))
    wait_until("it to go on") do
      registry["room"].emit("go", { n: 1 })
      page.heard.include?(["go", 1])
    end
  end
end
