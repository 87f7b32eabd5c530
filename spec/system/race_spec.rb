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

  it "shows cheers on the lane of whom they are for, to all of its pages, and for a while" do
    ada, bob = two(race)
    cleo = enter("Cleo", path: race)
    expect(bob).to have_css(".cheer[aria-label='Cheer for Ada']")
    expect(bob).to have_no_css(".cheer[aria-label='Cheer for Bob']")

    3.times { bob.click_button("Cheer for Ada") }
    [ada, bob, cleo].each do |person|
      wait_until("three cheers for Ada on #{person.name}'s page") { cheers(person, "Ada") == "★ 3" }
      expect(cheers(person, "Bob")).to eq("")
    end
    expect(ada).to have_text("Bob cheers for you.")
    wait_until("them to be over") { cheers(cleo, "Ada") == "" }
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
    wait_until("four refusals") { bob.events(:error).size == 4 }
    expect(bob.told(:error)).to all(start_with("forbidden"))
    expect(bob.connection).to eq("live")
    expect(ada.evaluate_script("window.__heard")).to eq([{ "lane" => "x" }])
    expect(ada).to have_css("#countdown", visible: :hidden)
  end

  it "begins for all at once, by a signal of the server's, and forgets what was typed" do
    ada, bob = two(race)
    ada.fill_in("typed", with: ada.find("#text").text[0, 20])
    wait_until("Ada's progress on Bob's page") { bob.metas("Ada").first["progress"].positive? }

    bob.click_button("Start together")
    [ada, bob].each do |person|
      expect(person).to have_css("#countdown", text: /\A[123]\z/)
      expect(person.find("#typed")).to be_disabled
    end
    wait_until("the start on both pages") { [ada, bob].none? { |person| person.find("#typed").disabled? } }
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
