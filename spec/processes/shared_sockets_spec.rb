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
                                                     env: { "PRESENCE_PATH" => @path, "PRESENCE_TTL" => "8", "PRESENCE_GRACE" => "4" })
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
    wait_until("all to have left", within: 20) { registry["room"].count.zero? }
    registry.close
  end

  # Waits until all lists are this.
  def agree(expected = pages.map(&:id).sort, within: 20)
    behind = nil
    wait_until(-> { "all lists to have #{expected.size}; behind: #{behind.map { |page| [page.id, page.list.size] }.first(5)}" }, within:) do
      behind = pages.reject { |page| page.list == expected }
      behind.empty? && (@browser.nil? || @browser.all("#list li").map(&:text).sort == expected)
    end
  end

  def workers = Array.new(40) { Net::HTTP.get(URI(@app.url("/up"))) }.uniq.size

  it "agree on every change within a second", :aggregate_failures do
    expect(workers).to be > 1
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
    # On a machine that is not busy with something else; every list was looked at again and again meanwhile.
    expect(delays.sort[delays.size / 2]).to be < 1.0, delays.inspect
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
    told.clear
    before = Array.new(60) { Net::HTTP.get(URI(@app.url("/up"))) }.uniq
    Process.kill("USR1", @app.pid)
    wait_until("other workers to answer", within: 90) do
      now = Array.new(20) { Net::HTTP.get(URI(@app.url("/up"))) rescue nil }.uniq # rubocop:disable Style/RescueModifier
      now.any? && (now & before).empty? && !now.include?(nil)
    end
    agree(within: 40)
    expect(told.flat_map(&:leaves)).to eq([])
    expect(told.flat_map(&:joins)).to eq([])
  end
end
