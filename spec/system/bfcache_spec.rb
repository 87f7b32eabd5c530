# frozen_string_literal: true

require_relative "support/demo_pages"

# The back button brings back a page as it was left, with a list as old as that and a socket that is closed.
RSpec.describe "The back/forward cache" do
  # Such a page asks the server for nothing: the linger alone keeps its person until the socket is open.
  with_demo DemoPages::PATIENT.merge("PRESENCE_LINGER" => "10")

  # @return [Boolean] whether the page is the one that was left, and no new one in its place
  def restored?(person)
    person.evaluate_script("window.__restored === true && window.__left === true")
  end

  def leave_for(person, link)
    person.execute_script("window.__left = true")
    person.click_link(link)
    person.without_socket
  end

  it "brings back a page whose list is soon right, and whose person never left" do
    ada = enter("Ada")
    bob = enter("Bob")
    leave_for(bob, "HTTP only")
    cleo = enter("Cleo")
    ada.visit("about:blank")
    expect_people(cleo, "Bob", "Cleo")

    bob.go_back
    wait_until(-> { "the page that #{bob} left" }) { restored?(bob) }
    expect_people(bob, "Bob", "Cleo")
    [bob, cleo].each { |person| expect_servers_list(person) }
    let_linger_pass(cleo)

    expect_tabs(cleo, "Bob", 1)
    expect(cleo.told(:join, :leave)).not_to include("Bob"), cleo.to_s
    # To the page itself nothing was lost: it is told of what happened meanwhile.
    expect(bob.events(:join, :leave).map { |event| event.values_at(0, 1) }).to include(%w[leave Ada], %w[join Cleo])
    expect(bob.frames(:sent, "presence_leave").size).to eq(1)
  end

  it "brings it back again and again, as one person with one tab" do
    ada = enter("Ada")
    bob = enter("Bob")
    3.times do
      leave_for(bob, "HTTP only")
      bob.go_back
      wait_until(-> { "the page that #{bob} left" }) { restored?(bob) }
      bob.execute_script("window.__restored = false")
    end
    expect_servers_list(bob)
    let_linger_pass(ada)

    expect_tabs(ada, "Bob", 1)
    expect(ada.told(:join, :leave) - ["Passer-by 1"]).to eq(["Bob"]), ada.to_s
    # It says its heartbeats, as one that never went.
    let_heartbeats_pass(bob)
  end
end
