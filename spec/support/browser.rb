# frozen_string_literal: true

require "delegate"
require "fileutils"
require "tmpdir"
require_relative "standing_still"
require_relative "waiting"

# A real browser: Chromium in processes of its own, with cookies of its own, so that each one is a person. Its camera shows
# a test picture that moves, and pages may use it.
#
#     ada = open_browser
#     ada.visit(demo.url("/"))
#     ada.kill                    # as kill -9 does; ada.freeze and ada.thaw stop it and let it go on
#
# Everything else is Capybara's Session: visit, find, fill_in, within_window, have_content.
class Browser < SimpleDelegator
  include Waiting

  FLAGS = %w[--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
             --disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars
             --use-fake-device-for-media-stream --use-fake-ui-for-media-stream --allow-loopback-in-peer-connection].freeze
  # What chromedriver would add, and no user's browser has: with it the timers of a hidden tab go on as if it were seen.
  NOT_FLAGS = %w[disable-background-timer-throttling].freeze
  BINARIES = %w[chromium chromium-browser google-chrome].freeze

  class << self
    # Loaded late: only the specs with a browser need Capybara.
    def setup
      return if @setup

      @setup = true
      require "capybara"
      require "selenium-webdriver"
      Capybara.run_server = false
      Capybara.default_max_wait_time = Waiting::DEADLINE
    end

    # @return [String] the path of a program of one of these names
    def program(*names)
      found = names.product(ENV.fetch("PATH").split(File::PATH_SEPARATOR)).map { |name, directory| File.join(directory, name) }
      found.find { |path| File.executable?(path) } || raise("none of #{names.join(", ")} is in PATH; see bin/setup browser")
    end
  end

  # @param width [Integer] of the window, in pixels
  # @param height [Integer]
  # @param flags [Array<String>] further ones of Chromium's
  def initialize(width: 1100, height: 800, flags: [])
    Browser.setup
    @profile = Dir.mktmpdir("presence_rs-browser")
    arguments = FLAGS + ["--user-data-dir=#{@profile}", "--window-size=#{width},#{height}", *flags]
    super(Capybara::Session.new(register(arguments)))
    quietly { driver.browser }
  end

  # What pages wrote to the console, and what could not be loaded, since this was last asked for.
  #
  # @return [Array<String>] of level SEVERE
  def errors
    driver.browser.logs.get(:browser).select { |entry| entry.level == "SEVERE" }.map(&:message)
  end

  # Shows pages as a phone does: Chromium's windows are never as narrow.
  #
  # @return [void]
  def phone(width: 360, height: 740)
    driver.browser.execute_cdp("Emulation.setDeviceMetricsOverride", width: width, height: height, deviceScaleFactor: 2,
                                                                     mobile: true)
  end

  # Closes a tab (the current one) as its user does; another one becomes the current one.
  #
  # @return [void]
  def close_tab
    driver.browser.close # Capybara's own `close` spares the first one.
    switch_to_window(windows.first)
  end

  # Stops all its processes, and returns once they stand still: it says nothing any more, and its sockets stay open.
  #
  # @return [void]
  def freeze
    wait_until("all processes of the browser to stand still") do
      # Again, for those that were about to be forked.
      signal("STOP")
      pids.all? { |pid| StandingStill.still?(pid) }
    end
  end

  # @return [void]
  def thaw
    signal("CONT")
  end

  # @return [void]
  def kill
    signal("KILL")
  end

  # @return [void]
  def quit
    signal("CONT")
    __getobj__.quit
  rescue StandardError
    # It was killed, and chromedriver cannot reach it.
  ensure
    signal("KILL")
    FileUtils.rm_rf(@profile)
  end

  # @return [Array<Integer>] its processes: those that name its profile, and all that these have forked
  def pids
    parents = Dir["/proc/[0-9]*"].filter_map do |path|
      [path[/\d+\z/].to_i, File.read("#{path}/cmdline"), File.read("#{path}/stat")[/\) \S (\d+)/, 1].to_i]
    rescue SystemCallError
      nil # It ended meanwhile.
    end
    found = parents.select { |_, command, _| command.include?(@profile) && !command.include?("chromedriver") }.map(&:first)
    loop do
      more = parents.select { |pid, _, parent| found.include?(parent) && !found.include?(pid) }.map(&:first)
      return found if more.empty?

      found += more
    end
  end

  private

  def signal(name)
    pids.each do |pid|
      Process.kill(name, pid)
    rescue Errno::ESRCH
      # It ended meanwhile.
    end
  end

  # Capybara warns of a selenium-webdriver that is older than its latest one.
  def quietly
    verbose, $VERBOSE = $VERBOSE, nil
    yield
  ensure
    $VERBOSE = verbose
  end

  # Capybara's drivers have names, and this one's options are its own.
  def register(arguments)
    name = :"chromium_#{File.basename(@profile)}"
    Capybara.register_driver(name) do |app|
      options = Selenium::WebDriver::Chrome::Options.new(args: arguments, binary: Browser.program(*BINARIES))
      options.add_option("excludeSwitches", NOT_FLAGS)
      options.add_option("goog:loggingPrefs", { browser: "ALL" })
      service = Selenium::WebDriver::Service.chrome(path: Browser.program("chromedriver"))
      Capybara::Selenium::Driver.new(app, browser: :chrome, service: service, capabilities: [options], timeout: 180)
    end
    name
  end
end

# Browsers that end with their example.
module Browsers
  # @see Browser#initialize
  def open_browser(**options)
    Browser.new(**options).tap { |browser| (@browsers ||= []) << browser }
  end
end

RSpec.configure do |config|
  config.include Browsers
  config.after { @browsers&.each(&:quit) }
end
