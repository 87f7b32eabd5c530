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
    wait_for_workers
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

  # Until each of the four has answered.
  def wait_for_workers
    answered = []
    wait_until("all workers to answer", within: 60) do
      answered |= [(Net::HTTP.get(URI(@app.url("/up"))) rescue nil)] # rubocop:disable Style/RescueModifier
      (now = @app.children).size == 4 && now.all? { |pid| answered.include?("up #{pid}") }
    end
  end

  # The system deals out connections as it likes: more of them, until each worker has some.
  def spread
    wait_until("sockets in all workers", within: 60) do
      agree
      used = registry["room"].members.flat_map(&:metas).map { |meta| meta["worker"] }
      next true if (@app.children - used).empty?

      4.times { pages << SharedSpec::Page.new(@app.port, format("p%02d", pages.size)) }
      false
    end
  end

  # @return [SharedSpec::Page] who is on nobody's list from now on
  def somebody = pages.delete_at(rand(pages.size))

  def sign_out(page)
    registry["room"].leave_all(page.id)
    page.close
  end

  it "agree on every change within a second" do
    spread
    changes = { join: -> { pages << SharedSpec::Page.new(@app.port, "n#{pages.size}") },
                goodbye: -> { somebody.leave },
                sign_out: -> { sign_out(somebody) } }
    delays = changes.transform_values do |change|
      Array.new(5) do
        started = Waiting.now
        change.call
        agree
        Waiting.now - started
      end
    end
    # Most of each kind: the machine may have been busy with something else during the others.
    expect(delays.transform_values { |some| some.sort[some.size / 2] }.values).to all(be < 1.0), delays.inspect
  end

  it "are joined by a real browser", :system do
    @browser = Browser.new
    @browser.visit(@app.url("/page?as=browser"))
    agree((pages.map(&:id) + ["browser"]).sort)
    sign_out(pages.pop)
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
    wait_for_workers
    agree
    expect(told.flat_map(&:leaves)).to eq([])
    expect(told.flat_map(&:joins)).to eq([])
  end
end
