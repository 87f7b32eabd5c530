# frozen_string_literal: true

require "delegate"
require "json"
require_relative "../../support/waiting"

# Somebody at the demo, in a browser of their own: a Browser that knows what its pages show and what they were told.
#
#     bob = Person.new(open_browser, "Bob", demo.url).enter
#     bob.people            # => ["Ada", "Bob"], as the page shows them
#     bob.told(:leave)      # => ["Ada"], in the order of events
class Person < SimpleDelegator
  include Waiting

  TOOLS = File.read(File.join(__dir__, "page_tools.js"))

  attr_reader :name

  # @return [String, nil] the cookie that says who they are, once they have signed in
  attr_reader :cookie

  # @param browser [Browser]
  # @param origin [String] of the demo, maybe through a proxy; ends with a slash
  def initialize(browser, name, origin)
    super(browser)
    @name = name
    @origin = origin.delete_suffix("/")
    # Not when it was left: the answer to a page's last word could have brought them back.
    driver.browser.execute_cdp("Network.clearBrowserCookies")
    prepare
    errors # of whoever had the browser before, and none of theirs
  end

  # Signs in, and waits until the page shows who is there.
  #
  # @return [self]
  def enter(path = "/")
    visit("#{@origin}/session/new?to=#{path}")
    # By the page's own hand: chromedriver cannot type what is beyond the basic plane.
    execute_script("document.querySelector('input[type=text]').value = arguments[0]", name)
    click_button("Come in")
    live
    arrive
    @cookie = driver.browser.manage.cookie_named("_typing_race").then { |found| "#{found[:name]}=#{found[:value]}" }
    self
  end

  # As {Browser#kill}; such a browser is nobody else's after this.
  def kill
    @spent = true
    super
  end

  # As {Browser#freeze}.
  def freeze
    @spent = true
    super
  end

  # Leaves the browser with one empty tab, to whoever has it next.
  #
  # @return [Browser, nil] nil where it is of no use to anybody
  def leave_browser
    return if @spent

    web = driver.browser
    first, *others = web.window_handles
    [*others, first].each do |handle|
      web.switch_to.window(handle)
      web.close if handle != first
    end
    visit("about:blank")
    __getobj__ unless evaluate_script("document.hidden")
  end

  # The same browser, for somebody else.
  #
  # @return [self]
  def sign_out_and_in(name)
    click_button("Sign out")
    assert_selector("#player_name")
    @name = name
    enter
  end

  # @return [self]
  def go(path)
    visit("#{@origin}#{path}")
    live
  end

  # Waits until the page without a socket, which was gone to, lists somebody.
  #
  # @return [self]
  def without_socket
    wait_until("the list on #{name}'s page without a socket") { evaluate_script("document.querySelectorAll('#new b').length > 0") }
    self
  end

  # One more tab, in front.
  #
  # @return [Capybara::Window]
  def open_tab(path = "/")
    open_new_window(:tab).tap do |window|
      switch_to_window(window)
      prepare
      go(path)
    end
  end

  # Waits until the page's list is right and its recorder is there.
  #
  # @return [self]
  def live
    assert_selector("#connection[data-state=live]")
    wait_until("a Presence on #{name}'s page") { evaluate_script("Boolean(window.__presence?.count)") }
    self
  end

  # @return [Array<String>] names as the page shows them, sorted
  def people
    evaluate_script("[...document.querySelectorAll('#people b, #lanes b')].map(element => element.textContent)").sort
  end

  # @return [Array<Hash>] the page's list: id, joined_at, metas
  def list
    JSON.parse(evaluate_script("JSON.stringify(window.__presence.list())"))
  end

  def ids
    list.map { |member| member["id"] }
  end

  # @return [Array<Hash>] what the sessions of somebody show on this page
  def metas(name)
    list.find { |member| member["id"].end_with?(":#{name}") }&.fetch("metas")
  end

  def stale?
    evaluate_script("window.__presence.stale")
  end

  # @return [String] "live" or "waiting", as the page shows it
  def connection
    find("#connection", visible: :all)["data-state"]
  end

  # @return [Array<Array>] [type, name, milliseconds since 1970, reason], see page_tools.js
  def events(*types)
    all = JSON.parse(evaluate_script("JSON.stringify(window.__events)"))
    types.empty? ? all : all.select { |type,| types.include?(type.to_sym) }
  end

  # @return [Array<String>] whom it was told of
  def told(*types)
    events(*types).map { |_, name,| name }
  end

  # @param direction [Symbol] :sent or :got
  # @return [Array<Hash>] the frames of a type or an action
  def frames(direction, kind)
    all = JSON.parse(evaluate_script("JSON.stringify(window.__cable[arguments[0]])", direction))
    all.select { |frame| [frame["type"], frame["action"], frame["command"]].include?(kind) }
  end

  # Another tab in front of this one, which is hidden from then on.
  #
  # @return [void]
  def hide
    driver.browser.execute_cdp("Target.createTarget", url: "about:blank")
    wait_until("#{name}'s page to be hidden") { evaluate_script("document.hidden") }
  end

  # For the message of an example that fails; a browser that is stopped or dead says nothing.
  def to_s
    "#{name}, whose page shows #{people} (#{connection}) and was told #{events.last(12).map { |event| event.values_at(0, 1, 3) }}"
  rescue StandardError => e
    "#{name}, whose browser does not answer (#{e.class})"
  end

  private

  # Waits until they are on their own list, with what this page shows of them (the request for it has put them there
  # before), which a window that somebody else has opened just before may hold up, and begins to record there: what is
  # told is of others.
  def arrive
    return if has_no_css?("#people, #lanes", wait: 0)

    wait_until("#{name} on their own page") { people.include?(name) && metas(name)&.any? { |meta| meta["name"] == name } }
    execute_script("window.__events.length = 0")
  end

  # For the tab that is the current one.
  def prepare
    driver.browser.execute_cdp("Page.addScriptToEvaluateOnNewDocument", source: TOOLS)
  end
end
