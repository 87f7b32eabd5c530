# frozen_string_literal: true

require "tmpdir"
require_relative "support/shared/page"

# Puma with four workers and the async adapter of Action Cable, forty sockets and a browser, that share a directory and
# nothing else.
RSpec.describe "Sockets of many processes on the shared store" do
  before(:context) do
    @directory = Dir.mktmpdir
    @path = File.join(@directory, "presence")
    app = File.join(__dir__, "support", "shared", "app")
    @app = Servers.puma(app, "-w", "4", "-t", "4:8", path: "/up",
                                                     env: { "PRESENCE_PATH" => @path, "PRESENCE_TTL" => "40", "PRESENCE_GRACE" => "20" })
  end

  after(:context) do
    @app&.stop
    FileUtils.rm_rf(@directory)
  end

  let(:pages) { Array.new(40) { |n| SharedSpec::Page.new(@app.port, format("p%02d", n)) } }
  # One more process, which only listens.
  let(:registry) { PresenceRs::Registry.new(store: [:shared, { path: @path, app: "sockets" }]) }
  let(:told) { [] }

  before do
    registry.subscribe { |diff| told << diff }
    pages
    @beating = Thread.new do
      loop do
        sleep 0.5
        pages.dup.each(&:beat)
      end
    end
    agree
  end

  after do
    @beating.kill
    pages.each { |page| page.close rescue nil } # rubocop:disable Style/RescueModifier
    # A socket that closes while this looks leaves its member behind, for as long as a page may take to come back.
    wait_until("all to have left", within: 60) { registry["room"].ids.each { |id| registry["room"].leave_all(id) }.empty? }
    registry.close
  end

  # Waits until all lists are this.
  def agree(expected = pages.map(&:id).sort, within: 60)
    behind = nil
    wait_until(-> { "all lists to have #{expected.size}; behind: #{behind.map { |page| [page.id, page.list.size] }.first(5)}" }, within:) do
      behind = pages.reject { |page| page.list == expected }
      behind.empty? && (@browser.nil? || on_screen == expected)
    end
  end

  # At one moment: the list changes while it is read.
  def on_screen = @browser.evaluate_script('[...document.querySelectorAll("#list li")].map(item => item.textContent)').sort

  def workers = Array.new(40) { Net::HTTP.get(URI(@app.url("/up"))) }.uniq.size

  it "agree on every change within a second", :aggregate_failures do
    wait_until("several workers to answer", within: 60) { workers > 1 }
    delays = Array.new(12) do |n|
      started = Waiting.now
      if n.even?
        pages << SharedSpec::Page.new(@app.port, "n#{n}")
      else
        gone = pages.delete_at(rand(pages.size))
        registry["room"].leave_all(gone.id)
        gone.close
      end
      agree
      Waiting.now - started
    end
    # What of them the machine was not busy with something else for; every list was looked at again and again meanwhile.
    expect(delays.min).to be < 1.0, delays.inspect
  end

  it "are joined by a real browser", :system do
    @browser = Browser.new
    @browser.visit(@app.url("/page?as=browser"))
    agree((pages.map(&:id) + ["browser"]).sort)
    gone = pages.pop
    registry["room"].leave_all(gone.id)
    gone.close
    agree((pages.map(&:id) + ["browser"]).sort)
    expect(@browser.errors).to eq([])
  ensure
    @browser&.quit
    @browser = nil
  end

  it "are no leave for anybody when the workers are started anew, one after the other" do
    wait_until("the listener to be told, too") { (pages.map(&:id) - told.flat_map(&:joins).map(&:id)).empty? }
    told.clear
    before = @app.children
    Process.kill("USR1", @app.pid)
    wait_until("other workers instead", within: 150) { (now = @app.children).size == before.size && (now & before).empty? }
    # The last of them begins to answer.
    answered = []
    wait_until("all workers to answer", within: 60) do
      answered |= [(Net::HTTP.get(URI(@app.url("/up"))) rescue nil)] # rubocop:disable Style/RescueModifier
      @app.children.all? { |pid| answered.include?("up #{pid}") }
    end
    agree
    expect(told.flat_map(&:leaves)).to eq([])
    expect(told.flat_map(&:joins)).to eq([])
  end
end
