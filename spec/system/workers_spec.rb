# frozen_string_literal: true

require "tmpdir"
require_relative "support/demo_pages"

# The demo as `WEB_CONCURRENCY=4 bin/demo` runs it: each page's socket, and each request, is some worker's.
RSpec.describe "The demo with four workers" do
  around do |example|
    Dir.mktmpdir do |directory|
      @demo = start_demo({ "WEB_CONCURRENCY" => "4", "PRESENCE_PATH" => File.join(directory, "presence"),
                           "PRESENCE_TTL" => "30", "PRESENCE_HEARTBEAT" => "1", "PRESENCE_GRACE" => "8" })
      example.run
    ensure
      @demo&.stop
    end
  end

  it "shows everybody the same people, whichever worker they are with" do
    wait_until("four workers") { demo.children.size == 4 }
    people = %w[Ada Bob Eve].map { |name| enter(name) }
    people.each { |person| expect_people(person, "Ada", "Bob", "Eve") }

    people.last.kill
    people.first(2).each { |person| expect_people(person, "Ada", "Bob") }
  end

  it "keeps them when a worker is killed" do
    ada = enter("Ada")
    bob = enter("Bob")
    [ada, bob].each { |person| expect_people(person, "Ada", "Bob") }

    demo.children.each do |worker|
      Process.kill("KILL", worker)
      wait_until("another worker to be there") { demo.children.size == 4 && !demo.children.include?(worker) }
      [ada, bob].each { |person| expect_people(person, "Ada", "Bob") }
    end
    [ada, bob].each do |person|
      expect_servers_list(person)
      expect(person.events(:leave)).to be_empty
    end
  end
end
