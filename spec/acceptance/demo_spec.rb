# frozen_string_literal: true

# What somebody does who tries the demo, in a real browser.
RSpec.describe "The demo", :system, :processes do
  before(:context) { @demo = Servers.demo }
  after(:context) { @demo&.stop }

  def open_demo_as(name, path = "/")
    browser = open_browser
    browser.visit(@demo.url(path))
    browser.fill_in("Nickname", with: name)
    browser.click_on("Come in")
    expect(browser).to have_css("h1").and have_no_field("Nickname")
    browser
  end

  # The text that is to be typed, up to a share of it.
  def type(browser, share)
    text = browser.find("#text").text
    browser.find("#typed").set(text[0, (text.length * share).ceil])
  end

  it "asks for a nickname of 1 to 40 characters" do
    browser = open_browser
    browser.visit(@demo.url("/"))
    browser.fill_in("Nickname", with: " ")
    browser.click_on("Come in")
    expect(browser).to have_text("Your nickname can't be blank.")

    browser.execute_script("document.querySelector('#player_name').value = arguments[0]", "\u200B\u3164\u2800")
    browser.click_on("Come in")
    expect(browser).to have_text("Your nickname needs a character that can be seen.")

    browser.execute_script("document.querySelector('[maxlength]').removeAttribute('maxlength')")
    browser.fill_in("Nickname", with: "x" * 41)
    browser.click_on("Come in")
    expect(browser).to have_text("Your nickname is too long")
    expect(browser.find_field("Nickname")["aria-invalid"]).to eq("true")
  end

  it "shows two people of one name, in any script, and what they are called is not taken for HTML" do
    first = open_demo_as("<b>Zoë & 李</b>")
    open_demo_as("<b>Zoë & 李</b>")
    expect(first).to have_css("#people b", exact_text: "<b>Zoë & 李</b>", count: 2)
    expect(first.errors).to be_empty
  end

  it "goes on to the page that somebody wanted before they signed in" do
    ada = open_demo_as("Ada", "/races/calm-otter")
    expect(ada).to have_current_path("/races/calm-otter")
  end

  it "shows a race to those in the lobby, and everyone's progress to those in it" do
    ada = open_demo_as("Ada")
    grace = open_demo_as("Grace")
    grace.click_on("New race")
    expect(grace).to have_css(".lane", text: "Grace (you)")
    race = grace.find("h1").text
    expect(ada).to have_css(".person", text: "Grace\nracing in #{race}")

    ada.find(".race", text: race).click_on("Join")
    expect(ada).to have_css(".lane", count: 2)
    type(grace, 0.5)
    expect(ada).to have_css(".track[aria-label=Grace][aria-valuenow^='5']")
    type(grace, 1)
    expect(ada).to have_css("#ranking li", text: "Grace")
    expect(grace.find("#typed")).to be_disabled

    grace.click_on("Start again")
    expect(ada).to have_css(".track[aria-label=Grace][aria-valuenow='0']")
    expect(ada).to have_no_css("#ranking li")
    expect([*ada.errors, *grace.errors]).to be_empty
  end

  it "has a robot for somebody who is alone" do
    ada = open_demo_as("Ada")
    ada.click_on("New race")
    # A robot that finds nobody in the race goes again.
    expect(ada).to have_css(".lane", text: "Ada (you)")
    ada.click_on("Add a robot")
    expect(ada).to have_css(".track[aria-label=Robot]").and have_no_css(".track[aria-label=Robot][aria-valuenow='0']")
  end

  it "signs somebody out for good, though another tab of theirs goes on" do
    ada = open_demo_as("Ada")
    grace = open_demo_as("Grace")
    expect(ada).to have_css(".person", text: "Grace")

    lobby = grace.current_window
    grace.switch_to_window(grace.open_new_window)
    grace.visit(@demo.url("/"))
    grace.click_on("Sign out")
    expect(ada).to have_no_css(".person", text: "Grace")

    # Two ttls of heartbeats later she has not come back.
    grace.within_window(lobby) { expect(grace).to have_no_css(".person", text: "Grace") }
    seen = ada.evaluate_async_script(<<~JS)
      const done = arguments[0]
      let seen = false
      const watch = setInterval(() => seen ||= document.querySelector("#people").textContent.includes("Grace"), 50)
      setTimeout(() => { clearInterval(watch); done(seen) }, 8000)
    JS
    expect(seen).to be(false)
  end

  # An answer that comes late would bring back the cookie of somebody who has signed out meanwhile.
  it "writes the session's cookie where somebody goes to a page, and not with what a page asks in the background" do
    ada = open_demo_as("Ada")
    cookie = ada.driver.browser.manage.cookie_named("_typing_race")
    written = { "navigate" => "/", "cors" => "/api/online_users", "same-origin" => "/presence/online" }.to_h do |mode, path|
      headers = { "Cookie" => "_typing_race=#{cookie[:value]}", "Sec-Fetch-Mode" => mode }
      answer = Net::HTTP.get_response(URI(@demo.url(path)), headers)
      expect(answer.code).to eq("200")
      [mode, answer.key?("Set-Cookie")]
    end
    expect(written).to eq("navigate" => true, "cors" => false, "same-origin" => false)
  end

  it "loses a tab that crashed, where the old way keeps a ghost" do
    ada = open_demo_as("Ada", "/http")
    expect(ada).to have_css("#old .person", text: "Ada").and have_css("#new .person", text: "Ada")

    ada.click_on("Crash this tab")
    expect(ada).to have_no_css("#new .person")
    expect(ada).to have_css("#old .ghost", text: "Ada").and have_text(/still listed/).and have_text(/Off the list \d+ s after/)

    ada.click_on("Clear this list by hand")
    expect(ada).to have_no_css("#old .person")
    expect(ada.errors).to be_empty
  end
end
