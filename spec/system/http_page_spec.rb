# frozen_string_literal: true

require_relative "support/demo_pages"

# The page that has no socket: HTTP requests only, beside the old way of doing it.
RSpec.describe "The page without a socket" do
  with_demo DemoPages::STRICT

  after { @proxy&.close }

  def listed(person, list)
    person.evaluate_script("[...document.querySelectorAll(arguments[0] + ' b')].map(element => element.textContent)", "##{list}").sort
  end

  # Ghosts of other examples stay on the old list for good, so here everybody has a name of their own.
  def expect_listed(person, list, *names)
    wait_until(-> { "#{names} in #{list} on #{person.name}'s page, which has #{listed(person, list)}" }) do
      list == "old" ? (names - listed(person, list)).empty? : listed(person, list) == names
    end
  end

  it "shows a tab that died without a word: taken off after the ttl here, never the old way" do
    ada = enter("Ada")
    bob = enter("Bob")
    [ada, bob].each { |person| person.visit("#{demo.url}http") }
    %w[old new].each { |list| expect_listed(ada, list, "Ada", "Bob") }

    bob.kill
    expect_listed(ada, "new", "Ada")
    expect(listed(ada, "old")).to include("Ada", "Bob")
  end

  it "stays for as long as its heartbeats come, and goes with the page" do
    cleo = enter("Cleo")
    dan = enter("Dan")
    [cleo, dan].each { |person| person.visit("#{demo.url}http") }
    expect_listed(cleo, "new", "Cleo", "Dan")
    joined = Visitor.new(demo, cleo.cookie).snapshot("http")["members"].to_h { |member| member.values_at("id", "joined_at") }

    # By now each has said more than one.
    wait_until("two ttls on Cleo's page", within: 60) { cleo.evaluate_script("performance.now()") > 12_000 }
    still = Visitor.new(demo, cleo.cookie).snapshot("http")["members"].to_h { |member| member.values_at("id", "joined_at") }
    expect(still).to eq(joined)

    dan.visit("about:blank")
    expect_listed(cleo, "new", "Cleo")
  end

  it "is what others see in the lobby, and nothing of the page that was left for it" do
    ada = enter("Ada")
    bob = enter("Bob")
    expect(ada).to have_css(".person", text: "Bob\nin the lobby")
    bob.visit("#{demo.url}http")
    expect(ada).to have_css(".person", text: "Bob\nreading, without a socket")
    bob.go("/")
    expect(ada).to have_css(".person", text: "Bob\nin the lobby")
    expect(ada.told(:join, :leave)).to eq(["Bob"])
  end

  it "does not undo that somebody was signed out elsewhere" do
    flo = enter("Flo")
    flo.visit("#{demo.url}http")
    expect_listed(flo, "new", "Flo")
    # Its cookie is as good as before.
    Visitor.new(demo, flo.cookie).sign_out
    expect(flo).to have_text("You were taken off")
    expect_listed(flo, "new")
    flo.click_button("Come back")
    expect_listed(flo, "new", "Flo")
  end

  it "comes back by itself after a sleep" do
    gil = enter("Gil")
    gil.visit("#{demo.url}http")
    expect_listed(gil, "new", "Gil")
    hal = enter("Hal")
    hal.visit("#{demo.url}http")
    expect_listed(hal, "new", "Gil", "Hal")
    gil.freeze
    expect_listed(hal, "new", "Hal")
    gil.thaw
    expect_listed(hal, "new", "Gil", "Hal")
  end

  # As after a sleep that came between its question and the answer: that one is not of the moment it was asked for.
  it "comes back by itself where its last word was under way for longer than the ttl" do
    @proxy = SilentProxy.new(demo.port)
    ivy = enter("Ivy", through: @proxy)
    ivy.visit("#{@proxy.url}http")
    jan = enter("Jan")
    jan.visit("#{demo.url}http")
    [ivy, jan].each { |person| expect_listed(person, "new", "Ivy", "Jan") }

    @proxy.silence
    expect_listed(jan, "new", "Jan")
    @proxy.forward
    [ivy, jan].each { |person| expect_listed(person, "new", "Ivy", "Jan") }
  end

  it "tells whoever makes it crash what became of each list" do
    eve = enter("Eve")
    eve.visit("#{demo.url}http")
    expect_listed(eve, "new", "Eve")

    eve.click_button("Crash this tab")
    expect_listed(eve, "new")
    expect(eve).to have_text("are still listed")
    expect(eve).to have_text(/Off the list \d+ s after the crash/)
    expect(eve.find_by_id("old")).to have_text("Eve")
  end
end
