# frozen_string_literal: true

require "json"
require "net/http"

# Pages with every tag, under a strict policy and with Turbo Drive.
RSpec.describe "Tags for views" do
  before(:context) { @app = Servers.puma(File.join(__dir__, "support/tags_app"), path: "/plain") }
  after(:context) { @app.stop("KILL") }

  # Somebody who is not in front of a browser.
  def bots(topic = "room", **params)
    query = URI.encode_www_form(topic: topic, **params.transform_keys { |key| %i[join leave].include?(key) ? "#{key}[]" : key })
    JSON.parse(Net::HTTP.get(URI(@app.url("/bots?#{query}"))))
  end

  def enter(name, to: "/room", by: "request", **options)
    browser = open_browser(**options)
    browser.visit(@app.url("/enter?#{URI.encode_www_form({ as: name, to: to, by: by })}"))
    browser
  end

  def names(page, id = "list")
    page.evaluate_script("[...document.querySelectorAll('##{id} > ul > li bdi')].map(name => name.textContent)")
  end

  def text(page, selector)
    page.evaluate_script("document.querySelector(#{selector.to_json})?.textContent.trim()")
  end

  def attribute(page, selector, name)
    page.evaluate_script("document.querySelector(#{selector.to_json})?.getAttribute(#{name.to_json})")
  end

  def expect_names(page, *names, id: "list", within: Waiting::DEADLINE)
    wait_until(-> { "#{names}, but there are #{names(page, id)}" }, within: within) { names(page, id).sort == names.sort }
  end

  def expect_live(page, selector = "#list")
    wait_until("#{selector} to be live") { page.evaluate_script("Boolean(document.querySelector('#{selector}[live]:not([stale])'))") }
  end

  def expect_text(page, selector, expected)
    seen = nil
    wait_until(-> { "#{expected.inspect} in #{selector}, which has #{seen.inspect}" }) { (seen = text(page, selector)) == expected }
  end

  # To be looked at; docs/images has some of them.
  def picture(page, name)
    page.save_screenshot(File.join(Checkout::ROOT, "tmp/screenshots/#{name}.png"))
  end

  # Subscriptions of the page, a topic each.
  def subscriptions(page)
    page.evaluate_script("window.__consumer.subscriptions.subscriptions.map(({ identifier }) => JSON.parse(identifier).topic)")
  end

  # Makes timers of a page run so much later, seconds, that a busy machine has time for what comes before they do.
  def delay_timers(page, from, to)
    page.execute_script(<<~JS, from * 1_000, to * 1_000)
      const [from, to] = arguments
      const { setTimeout } = window
      window.setTimeout = (callback, delay, ...values) => setTimeout(callback, delay === from ? to : delay, ...values)
    JS
  end

  def expect_clean(page)
    expect(page.evaluate_script("window.__violations")).to eq([])
    expect(page.errors).to eq([])
  end

  # Those of the example before may linger; and while there is something to be told of them, within a window of `coalesce`,
  # a page would get to know of its own coming as of others'.
  before do
    %w[room online large].each do |topic|
      wait_until("#{topic} to be empty") { bots(topic, out: 1).empty? && bots(topic, version: 1).zero? }
    end
  end

  it "show who is there without any script" do
    bots(join: %w[Ada Bob])
    page = open_browser
    page.driver.browser.execute_cdp("Emulation.setScriptExecutionDisabled", value: true)
    page.visit(@app.url("/room"))
    expect(names(page)).to eq(%w[Ada Bob])
    expect([text(page, ".count"), text(page, "#list > .presence-more")]).to eq(["2", ""])
    expect(page.evaluate_script("document.querySelector('presence-list').isConnected && !customElements.get('presence-list')")).to be(true)
    expect(page.errors).to eq([])
  end

  it "go on from there: lists, counts and the short list, by one subscription a topic, under a strict policy" do
    ada = enter("Ada")
    expect_names(ada, "Ada")
    bots(join: %w[Bob Cleo])
    expect_names(ada, "Ada", "Bob", "Cleo")
    expect_text(ada, ".count", "3")
    expect(names(ada, "short")).to eq(%w[Ada Bob])
    expect_text(ada, "#short > .presence-more", "and 1 more")
    expect(subscriptions(ada).size).to eq(1)
    bots(leave: %w[Bob])
    expect_names(ada, "Ada", "Cleo")
    expect(ada.evaluate_script("document.querySelector('#short > .presence-more').hidden")).to be(true)
    expect_clean(ada)
  end

  it "make the reader present with join:, as whom the connection is, and nobody else" do
    ada = enter("Ada")
    wait_until("Ada in the room") { bots == ["Ada"] }
    nobody = open_browser
    nobody.visit(@app.url("/room"))
    expect_names(nobody, "Ada")
    # The page of somebody else, whose session is over.
    ada.execute_script("document.cookie = '_tags=; max-age=0'")
    ada.driver.browser.manage.delete_all_cookies
    ada.execute_script("window.__consumer.connection.reopen()")
    wait_until("Ada to be gone", within: 30) { bots.empty? }
    expect_names(nobody)
    wait_until("the empty list to say so") { !nobody.evaluate_script("document.querySelector('#list > .presence-empty').hidden") }
    expect(text(nobody, "#list > .presence-empty")).to eq("Nobody is here")
  end

  it "change what is different, and leave the rest of the page as it is" do
    bots(join: "Zoe")
    ada = enter("Ada")
    bots(join: "Bob", meta: { mood: "calm" }.to_json)
    expect_names(ada, "Zoe", "Ada", "Bob")
    ada.execute_script("document.querySelector('#list > ul > li[data-presence-id=Bob] button').focus(); window.__bob = document.activeElement")
    bots(join: "Bob", leave: "Zoe", meta: { mood: "<i>wild</i>", url: "/users" }.to_json)
    expect_names(ada, "Ada", "Bob")
    expect_text(ada, "#list li[data-presence-id=Bob] small", "<i>wild</i>")
    expect(ada.evaluate_script("document.activeElement === window.__bob && window.__bob.isConnected")).to be(true)
    expect(attribute(ada, "#list li[data-presence-id=Bob] a", "href")).to eq("/users")
    bots(join: "Bob", meta: { url: "javascript:window.__hit=1" }.to_json)
    wait_until("the mood to go") { ada.evaluate_script("document.querySelector('#list li[data-presence-id=Bob] small').hidden") }
    expect(attribute(ada, "#list li[data-presence-id=Bob] a", "href")).to be_nil
    expect_clean(ada)
  end

  describe "with Turbo Drive" do
    it "go from page to page without leaving, and say goodbye where there is no tag" do
      ada = enter("Ada")
      bob = enter("Bob")
      expect_names(ada, "Ada", "Bob")
      socket = "window.__consumer.connection.webSocket"
      bob.execute_script("window.__same = #{socket}; window.__presence = window.__presenceOf('room')")
      bob.click_link("Room")
      wait_until("the visit") { bob.evaluate_script("window.__turns.filter(turn => turn === 'turbo:load').length > 1") }
      expect_live(bob)
      expect(bob.evaluate_script("window.__same === #{socket} && window.__presence === window.__presenceOf('room')")).to be(true)
      expect(ada.evaluate_script("window.__presenceOf('room').get('Bob')?.metas.length")).to eq(1)

      bob.click_link("Plain")
      expect_names(ada, "Ada")
      wait_until("no subscription") { subscriptions(bob).empty? }
      [ada, bob].each { |page| expect_clean(page) }
    end

    it "are right soon after a page comes out of Turbo's cache, and say so when they are not yet" do
      bob = enter("Bob")
      bots(join: "Ada")
      expect_names(bob, "Ada", "Bob")
      bob.click_link("Plain")
      wait_until("no subscription") { subscriptions(bob).empty? }
      bots(leave: "Ada", join: "Cleo")
      bob.execute_script(<<~JS)
        window.__shown = null
        addEventListener("turbo:render", () => { window.__shown ??= document.querySelector("#list")?.outerHTML }, { once: true })
      JS
      bob.go_back
      expect_names(bob, "Bob", "Cleo")
      expect_live(bob)
      expect(bob.evaluate_script("window.__shown")).to match(/\A<presence-list[^>]* stale/).and(include("Ada"))
      expect_clean(bob)
    end

    it "are right after a preview, and in it as far as they can be" do
      bob = enter("Bob")
      bots(join: "Ada")
      expect_names(bob, "Ada", "Bob")
      bob.click_link("Plain")
      wait_until("no subscription") { subscriptions(bob).empty? }
      bots(leave: "Ada", join: "Cleo")
      bob.execute_script(<<~JS)
        window.__previews = []
        // The page itself takes longer than a frame: Turbo shows no preview of one that is there before.
        const waiting = []
        addEventListener("turbo:before-fetch-request", event => {
          if (window.__previews.length > 0) return
          event.preventDefault()
          waiting.push(event.detail.resume)
        })
        addEventListener("turbo:render", () => {
          window.__previews.push(document.documentElement.hasAttribute("data-turbo-preview"))
          waiting.splice(0).forEach(resume => resume())
        })
      JS
      bob.click_link("Room")
      expect_names(bob, "Bob", "Cleo")
      expect_live(bob)
      wait_until("the page itself") { bob.evaluate_script("window.__previews.at(-1) === false") }
      expect(bob.evaluate_script("window.__previews")).to eq([true, false])
      expect(subscriptions(bob).size).to eq(1)
      wait_until("one tab of Bob's") { bob.evaluate_script("window.__presenceOf('room').get('Bob')?.metas.length === 1") }
      expect_clean(bob)
    end

    ["", ' method="morph"'].each do |how|
      it "go on where a stream replaces an element#{how}" do
        ada = enter("Ada")
        expect_live(ada)
        ada.execute_script(<<~JS)
          window.__first = document.querySelector("#list")
          Promise.all([import("@hotwired/turbo"), fetch("/room").then(answer => answer.text())]).then(([Turbo, html]) => {
            const list = new DOMParser().parseFromString(html, "text/html").querySelector("#list").outerHTML
            addEventListener("turbo:before-stream-render", ({ detail }) => {
              const { render } = detail
              detail.render = async stream => {
                await render(stream)
                window.__done = true
              }
            })
            Turbo.renderStreamMessage(`<turbo-stream action="replace"#{how} target="list"><template>${list}</template></turbo-stream>`)
          })
        JS
        wait_until("the stream") { ada.evaluate_script("window.__done === true") }
        expect(ada.evaluate_script("window.__first === document.querySelector('#list')")).to be(!how.empty?)
        bots(join: "Bob")
        expect_names(ada, "Ada", "Bob")
        expect_live(ada)
        expect(subscriptions(ada).size).to eq(1)
        expect_clean(ada)
      end
    end

    it "stay right when a page is morphed, and when an element is permanent" do
      ada = enter("Ada", to: "/room?permanent=1")
      expect_names(ada, "Ada")
      expect_live(ada)
      ada.execute_script("window.__list = document.querySelector('#list'); window.__presence = window.__presenceOf('room')")
      bots(join: "Bob")
      expect_names(ada, "Ada", "Bob")
      visit = "import('@hotwired/turbo').then(Turbo => Turbo.visit(location.href, { action: 'replace' }))"
      ada.execute_script("window.__turns = []; #{visit}")
      wait_until("the morph") { ada.evaluate_script("window.__turns.includes('turbo:morph')") }
      # The server knows nothing of this attribute, and nothing has happened that would set it again.
      expect(ada.evaluate_script("document.querySelector('#short').hasAttribute('live')")).to be(true)
      expect_names(ada, "Ada", "Bob")
      bots(join: "Cleo")
      expect_names(ada, "Ada", "Bob", "Cleo")
      expect_text(ada, ".count", "3")
      expect(names(ada, "short")).to eq(%w[Ada Bob])
      same = "window.__list === document.querySelector('#list') && window.__presence === window.__presenceOf('room')"
      expect(ada.evaluate_script(same)).to be(true)
      expect_clean(ada)
    end
  end

  it "are right again when the back/forward cache brings a page back" do
    ada = enter("Ada")
    bots(join: "Bob")
    expect_names(ada, "Ada", "Bob")
    expect_live(ada)
    ada.execute_script("window.__left = true; location.href = '/plain'")
    wait_until("the other page") { text(ada, "h1") == "A page without tags" }
    wait_until("Ada to be gone") { bots == ["Bob"] }
    bots(leave: "Bob", join: "Cleo")
    ada.go_back
    wait_until("the page that was left") { ada.evaluate_script("window.__left === true && window.__turns.includes('restored')") }
    expect_names(ada, "Ada", "Cleo")
    expect_live(ada)
    expect(ada.evaluate_script("window.__presenceOf('room').get('Ada').metas.length")).to eq(1)
  end

  it "say who types, of a field that the page names, and not to the one who does" do
    ada = enter("Ada", width: 900, height: 660)
    bob = enter("Bob")
    expect_names(ada, "Ada", "Bob")
    expect_live(bob, "#typing")
    bob.execute_script("window.__said = []; const send = window.__consumer.send; " \
                       "window.__consumer.send = data => (window.__said.push(data.data), send.call(window.__consumer, data))")
    delay_timers(bob, 3, 30)
    bob.fill_in("message", with: "Hello")
    expect_text(ada, "#typing", "\u2068Bob\u2069 is typing…")
    expect(text(bob, "#typing")).to eq("")
    bots(join: "Cleo", meta: { mood: "on a walk" }.to_json)
    expect_names(ada, "Ada", "Bob", "Cleo")
    picture(ada, "tags")
    # Once, whatever is typed.
    expect(bob.evaluate_script("window.__said").grep(/typing.*true/).size).to eq(1)
    # Three seconds after the last word, or as soon as the field is left.
    bob.execute_script("document.activeElement.blur()")
    expect_text(ada, "#typing", "")
    [ada, bob].each { |page| expect_clean(page) }
  end

  # Types, and for so long that a busy machine has time to show it.
  def type(page)
    delay_timers(page, 3, 30)
    page.fill_in("message", with: "Hello")
  end

  # Whoever sees somebody else type sees everything that came before that.
  def expect_typing(typist, reader, name)
    type(typist)
    expect_text(reader, "#typing", "\u2068#{name}\u2069 is typing…")
    wait_until("the typist's own list to say so") { typist.evaluate_script("window.__presenceOf('room').get('#{name}').metas[0].typing === true") }
    expect(text(typist, "#typing")).to eq("")
  end

  %w[request connection].each do |by|
    it "do not tell the typist of themselves where another tag joins, as whom the #{by} is" do
      ada = enter("Ada", to: "/readme", by: by)
      bob = enter("Bob", to: "/readme", by: by)
      [ada, bob].each { |page| expect_names(page, "Ada", "Bob") }
      expect_typing(ada, bob, "Ada")
      [ada, bob].each { |page| expect_clean(page) }
    end
  end

  it "know the reader from a fragment that was made for somebody else" do
    ada = enter("Ada", to: "/fragment")
    expect_names(ada, "Ada")
    ada.click_link("Plain")
    # Else her going and coming would be no news together.
    wait_until("the room to be empty") { bots.empty? && bots("room", version: 1).zero? }
    bob = enter("Bob", to: "/fragment")
    expect(attribute(bob, "#list", "me")).to eq("Ada")
    expect_names(bob, "Bob")
    expect_live(bob)
    ada.visit(@app.url("/fragment"))
    expect_names(ada, "Ada", "Bob")
    wait_until("the news of Ada") { bob.evaluate_script("window.__news.join()").include?("Ada") }
    expect_typing(ada, bob, "Ada")
    ada.execute_script("document.activeElement.blur()")
    expect_text(bob, "#typing", "")
    nobody = open_browser
    nobody.visit(@app.url("/fragment"))
    expect_live(nobody)
    expect_typing(bob, ada, "Bob")
    expect_text(nobody, "#typing", "\u2068Bob\u2069 is typing…")
    [ada, bob, nobody].each { |page| expect_clean(page) }
  end

  it "show dots of a hundred people by one subscription, which brings no list" do
    bots("online", join: ["Bob", "User 7"])
    ada = enter("Ada", to: "/users")
    dot = ->(name) { attribute(ada, "presence-dot[member='#{name}']", "state") }
    dots = ->(*names) { names.map(&dot) }
    expect(dots.call("Ada", "Bob", "Cleo", "User 7")).to eq(%w[online online offline online])
    expect_live(ada, "presence-count")
    bots("online", join: "Cleo", leave: "Bob")
    # Of the one and of the other they may hear apart.
    changed = ["Ada", "Bob", "Cleo", "User 7", "User 8"]
    wait_until(-> { "Cleo's dot and Bob's, which are #{dots.call("Cleo", "Bob")}" }) do
      dots.call(*changed) == %w[online offline online online offline]
    end
    expect(text(ada, "presence-dot[member=Cleo]")).to eq("online")
    expect_text(ada, ".count", "3")
    expect(subscriptions(ada).size).to eq(1)
    expect(ada.evaluate_script("window.__presenceOf('online').list()")).to eq([])
    picture(ada, "tags-dots")
    expect_clean(ada)
  end

  describe "dots of more people than a page may ask about" do
    def state(page, number) = attribute(page, "presence-dot[member='User #{number}']", "state")

    # An answer came: those of whom it tells follow.
    def expect_answer(page, number)
      bots("room", join: "User #{number}")
      wait_until("the dot of User #{number}") { state(page, number) == "online" }
    end

    it "stay as the page was made, beyond those" do
      bots("room", join: ["User 1003"])
      page = enter("Ada", to: "/crowd")
      bots("room", join: ["User 1004"])
      expect_answer(page, 999)
      expect([2, 1_003, 1_004].map { |number| state(page, number) }).to eq(%w[offline online offline])
    end

    it "stay so while a question about them is not answered yet" do
      page = enter("Ada", to: "/crowd")
      expect_answer(page, 1)
      page.execute_script(<<~JS)
        window.__said = []
        window.__consumer.send = data => window.__said.push(JSON.stringify(data)) > 0
        const dot = document.querySelector("presence-dot[member='User 1']").cloneNode(true)
        dot.setAttribute("member", "Zoe")
        document.querySelector(".directory").prepend(dot)
      JS
      wait_until("the question") { page.evaluate_script("window.__said.some(data => data.includes('members'))") }
      bots("room", join: "Cleo")
      expect_text(page, ".count", "2")
      expect(attribute(page, "presence-dot[member=Zoe]", "state")).to eq("online")
    end
  end

  it "count honestly what is too long for a list, and have dots right there too" do
    bots("large", join: (1..30).map { |number| "bot #{number}" })
    ada = enter("Ada", to: "/large")
    expect_live(ada)
    expect(names(ada).size).to eq(30)
    bots("large", join: (31..2_000).map { |number| "bot #{number}" }.first(60))
    expect_text(ada, ".count", "90")
    wait_until("a sample") { names(ada).size + text(ada, "#list > .presence-more")[/\d+/].to_i == 90 && names(ada).size < 50 }
    expect(text(ada, "#list > .presence-more")).to match(/\Aand \d+ more\z/)
    wait_until("bot 1's dot to be known") { attribute(ada, "#dot", "state") == "online" }
    bots("large", leave: "bot 1")
    wait_until("bot 1 to be gone") { attribute(ada, "#dot", "state") == "offline" }
    expect_clean(ada)
  end

  it "say together, once and in words, who came and went, for those who listen" do
    ada = enter("Ada")
    expect_live(ada)
    expect(attribute(ada, "#list > .presence-news", "role")).to eq("status")
    delay_timers(ada, 1, 4)
    bots(join: %w[Bob Cleo Dan Eve Fay Gil])
    bots(leave: "Gil")
    wait_until("the news") { ada.evaluate_script("window.__news.length > 0") }
    bots(leave: "Bob")
    wait_until("more of it", within: 30) { ada.evaluate_script("window.__news.length > 1") }
    news = ada.evaluate_script("window.__news").map { |line| line.delete("\u2068\u2069") }
    expect(news).to eq(["Bob, Cleo, Dan, and 2 others joined", "Bob left"])
    box = ada.evaluate_script("(({ width, height }) => [width, height])(document.querySelector('#list > .presence-news').getBoundingClientRect())")
    expect(box).to all(be <= 1)
    expect_clean(ada)
  end

  it "leave what they show as it was, where the page is not let in, and say why in the console" do
    page = enter("Ada", to: "/secret")
    messages = []
    wait_until("a word in the console") do
      messages += page.driver.browser.logs.get(:browser).map(&:message)
      messages.grep(/presence_rs.*secret.*rejected/).any?
    end
    expect(messages.grep(/presence_rs/).size).to eq(1)
    expect(attribute(page, "#list", "live")).to be_nil
    bots("secret", open: 1)
    page.execute_script("import('@hotwired/turbo').then(Turbo => Turbo.visit('/secret?again'))")
    expect_live(page)
  ensure
    bots("secret", open: 0)
  end

  it "show every list that can follow another as if it were made anew, and keep whom they can" do
    ada = enter("Ada")
    expect_live(ada)
    wrong = ada.evaluate_async_script(<<~JS)
      const done = arguments[0]
      window.__consumer.disconnect()
      const list = document.querySelector("#list")
      let seed = 7
      const random = below => (seed = (seed * 48271) % 2147483647) % below
      const person = (id, n) => Object.freeze({ id, joined_at: n, metas: [{ name: `Name ${random(50)}`, ...(random(3) && { mood: `m${random(9)}` }) }] })
      let members = []
      const faults = []
      for (let round = 0; round < 300; round++) {
        members = members.filter(() => random(4) > 0)
        members = members.map(member => (random(4) === 0 ? person(member.id, member.joined_at) : member))
        for (let more = random(6); more > 0; more--) {
          const id = `p${random(40)}`
          if (!members.some(member => member.id === id)) members.splice(random(members.length + 1), 0, person(id, round))
        }
        if (random(5) === 0) members = [...members].sort(() => random(3) - 1)
        const before = new Map([...list.querySelectorAll("li")].map(item => [item.dataset.presenceId, item]))
        const total = members.length + random(2)
        list.show({ list: () => members, count: total })
        const shown = list.querySelector("ul").outerHTML
        const kept = [...list.querySelectorAll("li")].every(item => !before.has(item.dataset.presenceId) || before.get(item.dataset.presenceId) === item)
        const fresh = list.cloneNode(true)
        fresh.querySelector("ul").replaceChildren()
        fresh.show({ list: () => members, count: total })
        if (shown !== fresh.querySelector("ul").outerHTML) faults.push(`round ${round}: ${shown}`)
        if (!kept) faults.push(`round ${round}: an item was replaced`)
        if (list.querySelectorAll("li").length !== members.length) faults.push(`round ${round}: too many or few`)
      }
      done(faults)
    JS
    expect(wrong).to eq([])
  end

  it "leave out what a partial would put where it could do harm, and say so" do
    page = enter("Ada", to: "/misuse")
    bots(join: "Bob", meta: { name: "window.__hit=1", color: "red;background:url(//example.com)" }.to_json)
    wait_until("Bob") { page.evaluate_script("document.querySelectorAll('#list > ul > li').length") == 1 }
    expect(page.evaluate_script("document.querySelector('#list > ul > li').innerHTML.trim()"))
      .to eq('<b title="window.__hit=1"></b><script></script><iframe></iframe><a>a</a><img>')
    expect(page.evaluate_script("window.__hit ?? null")).to be_nil
    words = page.driver.browser.logs.get(:browser).map(&:message).grep(/presence_rs: the partial/)
    expect(words.map { |word| word[/in (?:the attribute|a) (.*), where/, 1] })
      .to contain_exactly("style", "onclick", '\u003Cscript>', "srcdoc")
  end

  it "move nothing for those who want it so, and have a word for each dot" do
    page = enter("Ada", to: "/users")
    style = ->(name) { page.evaluate_script("getComputedStyle(document.querySelector('presence-dot')).#{name}") }
    expect(style.call("transitionDuration")).not_to eq("0s")
    page.driver.browser.execute_cdp("Emulation.setEmulatedMedia", features: [{ name: "prefers-reduced-motion", value: "reduce" }])
    expect(style.call("transitionProperty")).to eq("none")
    tree = page.driver.browser.execute_cdp("Accessibility.getFullAXTree")["nodes"]
    words = tree.select { |node| node.dig("role", "value") == "StaticText" }.map { |node| node.dig("name", "value") }
    expect(words.count("offline")).to eq(99)
    expect(words.count("online")).to be >= 1
  end

  it "look different online and offline where colours are forced, as with high contrast" do
    page = enter("Ada", to: "/users")
    # One that follows nothing, so that only this changes it.
    page.execute_script(<<~JS)
      const dot = document.querySelector("presence-dot").cloneNode(false)
      dot.removeAttribute("topic")
      dot.id = "apart"
      document.querySelector("main").prepend(dot)
    JS
    media = { "forced-colors" => "active", "prefers-reduced-motion" => "reduce" }.map { |name, value| { name: name, value: value } }
    page.driver.browser.execute_cdp("Emulation.setEmulatedMedia", features: media)
    looks = %w[online offline online].map do |state|
      page.execute_script("document.querySelector('#apart').setAttribute('state', '#{state}')")
      page.find("#apart").native.screenshot_as(:base64)
    end
    expect(looks.first).to eq(looks.last)
    expect(looks.first).not_to eq(looks[1])
    picture(page, "tags-forced-colors")
  end

  it "dim what may be wrong, and are right again when the server is back" do
    ada = enter("Ada")
    bots(join: "Bob")
    expect_names(ada, "Ada", "Bob")
    @app.stop("KILL")
    wait_until("the list to be stale", within: 30) { ada.evaluate_script("document.querySelector('#list').hasAttribute('stale')") }
    @app.start
    expect_names(ada, "Ada", within: 60)
    expect_live(ada)
  end

  describe "names of any kind" do
    hostile = {
      "HTML" => "<img src=x onerror=window.__hit=1>",
      "the end of a list" => "</li></ul></template><script>window.__hit=1</script>",
      "an attribute" => '" onmouseover="window.__hit=1',
      "a slot" => "presence_slot_i_ presence_slot_m6e616d65_ %{number} $&",
      "marks that turn the reading direction" => "\u202Ecba\u2067 \u200Fdef",
      "4,000 bytes" => "#{"Ωmega " * 570}Ω"
    }

    it "are text: at first, later, in attributes, and in what is read out" do
      names = hostile.values
      names.each_with_index { |name, index| bots(join: "first #{index}", meta: { name: name }.to_json) }
      ada = enter("Ada", width: 900, height: 800)
      expect_names(ada, "Ada", *names)
      expect_live(ada)
      names.each_with_index do |name, index|
        more = name.size < 100 ? { typing: true, mood: name, url: name } : {}
        bots(join: "later #{index}", meta: { name: name, **more }.to_json)
      end
      expect_names(ada, "Ada", *names, *names)
      titles = ada.evaluate_script("[...document.querySelectorAll('#list bdi')].map(name => name.title).sort()")
      expect(titles).to eq(["Ada", *names, *names].sort_by { |name| name.encode("UTF-16BE").unpack("n*") })
      # No name turns what stands behind it, or takes its place.
      order = "[...document.querySelectorAll('#list li')].map(item => item.querySelector('bdi').getBoundingClientRect().right <= " \
              "item.querySelector('button').getBoundingClientRect().left + 1)"
      expect(ada.evaluate_script(order)).to all(be(true))
      expect(ada.evaluate_script("document.documentElement.scrollWidth <= innerWidth")).to be(true)
      wait_until("the news") { ada.evaluate_script("window.__news.length > 0") }
      expect(text(ada, "#typing")).to eq("Several people are typing…")
      expect(ada.evaluate_script("window.__hit ?? null")).to be_nil
      expect(ada.evaluate_script("document.querySelectorAll('main img, main script').length")).to eq(0)
      picture(ada, "tags-hostile")
      expect_clean(ada)
    end
  end
end
