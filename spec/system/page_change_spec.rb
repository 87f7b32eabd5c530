# frozen_string_literal: true

require_relative "support/demo_pages"

# Whoever goes from one page of the site to another has not left.
RSpec.describe "A page change" do
  # A page that is left says goodbye, though the browser closes its socket or keeps it for the back button: nobody
  # waits for the grace, or the ttl.
  with_demo DemoPages::PATIENT

  let(:ada) { enter("Ada") }
  let(:bob) { enter("Bob") }

  before do
    ada
    bob
    expect_people(ada, "Ada", "Bob")
  end

  # @return [Array<Array>] what Ada's page was told of Bob's coming and going
  def comings_and_goings
    ada.events(:join, :leave).select { |_, name,| name == "Bob" }.map { |type, name,| [type, name] }
  end

  it "is no leave and no join to others: lobby, race, lobby, reload" do
    bob.click_button("New race")
    bob.live
    expect(ada).to have_text("racing in")

    bob.click_link("Lobby")
    bob.live
    expect(ada).to have_no_text("racing in")

    bob.refresh
    bob.live
    let_linger_pass(ada)

    expect_tabs(ada, "Bob", 1)
    expect(comings_and_goings).to eq([%w[join Bob]]), ada.to_s
    [ada, bob].each { |person| expect_servers_list(person) }
  end

  it "is no leave where the next page has no socket" do
    bob.click_link("HTTP only")
    bob.without_socket
    let_linger_pass(ada)

    expect(comings_and_goings).to eq([%w[join Bob]]), ada.to_s
    expect_people(ada, "Ada", "Bob")
    expect_servers_list(ada)
  end

  it "is a leave after the linger where the next page is another site's" do
    bob.visit("about:blank")
    expect_event(ada, :leave, "Bob")
    expect_people(ada, "Ada")
    expect(comings_and_goings).to eq([%w[join Bob], %w[leave Bob]]), ada.to_s
  end
end
