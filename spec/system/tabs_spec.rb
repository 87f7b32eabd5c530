# frozen_string_literal: true

require_relative "support/demo_pages"

# People, their tabs, and what everybody else is told of them.
RSpec.describe "Tabs" do
  # A tab that is closed has said goodbye: nobody waits for the grace, or the ttl.
  with_demo DemoPages::PATIENT

  it "shows each page who comes, and who goes" do
    ada = enter("Ada")
    expect_people(ada, "Ada")

    bob = enter("Bob")
    expect_people(ada, "Ada", "Bob")
    expect_people(bob, "Ada", "Bob")

    bob.visit("about:blank")
    expect_people(ada, "Ada")
    expect(ada.told(:join, :leave)).to eq(%w[Bob Bob])
    expect(ada.errors).to eq([])
  end

  it "shows each page of a race how far the others are, while they type" do
    ada = enter("Ada", path: "/races/brisk-badger")
    bob = enter("Bob", path: "/races/brisk-badger")
    expect_people(ada, "Ada", "Bob")

    text = bob.find("#text").text
    bob.fill_in("typed", with: text[0, text.length / 2])

    # Where he is in the end: on the way there his page may have said how far he was, too.
    half = 100 * (text.length / 2) / text.length
    wait_until(-> { "#{half} % of Bob's on the page of #{ada}" }) { ada.metas("Bob").map { |meta| meta["progress"] } == [half] }
    shown = ".track[aria-label=Bob][aria-valuenow='#{half}']"
    expect(ada).to have_css(shown), "the lanes of Ada's page: #{ada.find("#lanes")["innerHTML"]}"
    expect(ada.told(:update).uniq).to eq(["Bob"])
    expect(ada.told(:join, :leave)).to eq(["Bob"])
    expect(ada.metas("Bob").first["name"]).to eq("Bob")
  end

  it "counts three tabs as one person, and closing two of them tells nobody of a leave or a join" do
    ada = enter("Ada")
    bob = enter("Bob")
    2.times { bob.open_tab }
    expect(ada).to have_text("in the lobby, 3 tabs")
    expect(ada).to have_css("#count", exact_text: "2")
    expect_people(ada, "Ada", "Bob")

    2.times { bob.close_tab }
    expect_tabs(ada, "Bob", 1)
    let_linger_pass(ada)

    expect(ada.told(:join, :leave) - ["Passer-by 1"]).to eq(["Bob"]), ada.to_s
    expect_people(ada, "Ada", "Bob")
    expect_servers_list(ada)
  end

  it "shows after the linger that the last tab was closed, though a page request alone keeps one online for 300 s" do
    ada = enter("Ada")
    bob = enter("Bob")
    bob.open_tab
    expect(ada).to have_text("in the lobby, 2 tabs")

    bob.close_tab
    expect_tabs(ada, "Bob", 1)
    let_linger_pass(ada)
    expect_people(ada, "Ada", "Bob")

    bob.open_new_window # Or the browser ends with its last tab.
    bob.close_tab
    expect_people(ada, "Ada")
    expect(ada.events(:leave).last.values_at(1, 3)).to eq(%w[Bob left])
  end
end
