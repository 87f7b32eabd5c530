# frozen_string_literal: true

require_relative "support/demo_pages"

# What racers say to each other, and the server to all of them: cheers, and the start signal.
RSpec.describe "A race" do
  with_demo DemoPages::PATIENT

  race = "/races/brisk-badger"

  def two(path)
    %w[Ada Bob].map { |name| enter(name, path: path) }
  end

  # What is shown on somebody's lane.
  def cheers(person, name)
    person.evaluate_script("document.querySelector(`.track[aria-label=${arguments[0]}] .cheers`)?.textContent", name)
  end

  # Keeps what is shown there from now on, as it is not there for long.
  def record_cheers(person, name)
    person.execute_script(<<~JS, name)
      const lane = document.querySelector(`.track[aria-label=${arguments[0]}] .cheers`)
      window.__cheers = []
      new MutationObserver(() => window.__cheers.push(lane.textContent)).observe(lane, { childList: true })
    JS
  end

  # Keeps each word of the countdown, with whether it is shown, and whether the field is closed then.
  def record_countdown(person)
    person.execute_script(<<~JS)
      const [words, field] = ["#countdown", "#typed"].map(selector => document.querySelector(selector))
      window.__countdown = []
      new MutationObserver(() => window.__countdown.push([words.textContent, !words.hidden, field.disabled])).observe(words, { childList: true })
    JS
  end

  it "shows cheers on the lane of whom they are for, to all of its pages, and for a while" do
    ada, bob = two(race)
    cleo = enter("Cleo", path: race)
    expect(bob).to have_css(".cheer[aria-label='Cheer for Ada']")
    expect(bob).to have_no_css(".cheer[aria-label='Cheer for Bob']")

    people = [ada, bob, cleo]
    people.each do |person|
      expect_people(person, "Ada", "Bob", "Cleo")
      record_cheers(person, "Ada")
    end
    # All within a moment: those that come later than two seconds after another one are counted anew.
    bob.execute_script("const button = document.querySelector(`[aria-label='Cheer for Ada']`); for (let n = 0; n < 3; n++) button.click()")
    people.each do |person|
      wait_until("three cheers for Ada on #{person.name}'s page") { person.evaluate_script("window.__cheers").include?("★ 3") }
      expect(cheers(person, "Bob")).to eq("")
    end
    expect(ada).to have_text("Bob cheers for you.")
    people.each { |person| wait_until("them to be over") { cheers(person, "Ada") == "" } }
    expect([ada, bob, cleo].flat_map(&:errors)).to eq([])
  end

  it "hears nothing but a lane in a cheer, and no start signal from a page" do
    ada, bob = two(race)
    ada.execute_script("window.__heard = []; __presence.on('cheer', data => __heard.push(data))")
    bob.execute_script(<<~JS)
      for (const data of [{ lane: 5 }, { lane: "x", html: "<b>" }, {}]) __presence.emit("cheer", data)
      __presence.emit("cheer", { lane: "y" }, { to: __presence.list().find(({ id }) => id.endsWith("Ada")).id })
      __presence.emit("start", { now: 0, at: 3 })
    JS
    # By then all five have been dealt with.
    wait_until("four refusals, and one that is heard") do
      bob.events(:error).size == 4 && ada.evaluate_script("window.__heard.length") >= 1
    end
    expect(bob.told(:error)).to all(start_with("forbidden"))
    expect(bob.connection).to eq("live")
    expect(ada.evaluate_script("window.__heard")).to eq([{ "lane" => "x" }])
    expect(ada).to have_css("#countdown", visible: :hidden)
  end

  it "begins for all at once, by a signal of the server's, and forgets what was typed" do
    ada, bob = two(race)
    ada.fill_in("typed", with: ada.find("#text").text[0, 20])
    wait_until("Ada's progress on Bob's page") { bob.metas("Ada").first["progress"].positive? }

    [ada, bob].each { |person| record_countdown(person) }
    bob.click_button("Start together")
    counted = [["3", true, true], ["2", true, true], ["1", true, true], ["Go!", true, false]]
    [ada, bob].each do |person|
      wait_until("the start on #{person.name}'s page") { person.evaluate_script("window.__countdown").size == 4 }
      expect(person.evaluate_script("window.__countdown")).to eq(counted)
    end
    expect(ada.find("#typed").value).to eq("")
    wait_until("Ada's lane to begin anew") { bob.metas("Ada").first["progress"].zero? }
    # The hands are on the keys.
    [ada, bob].each { |person| expect(person.evaluate_script("document.activeElement.id")).to eq("typed") }
    expect(bob).to have_no_css("#countdown")
    expect([ada, bob].flat_map(&:errors)).to eq([])
  end

  it "is begun by those who are in it only" do
    enter("Ada", path: race)
    cleo = visitor("Cleo")
    expect(cleo.post(race, "#{race}/start")).to eq("403")
  end
end
