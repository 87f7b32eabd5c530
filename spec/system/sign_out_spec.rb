# frozen_string_literal: true

require_relative "support/demo_pages"

# Signing out calls `PresenceRs.leave_all`: whatever else of theirs is open, and whatever it still says, they are gone.
RSpec.describe "Signing out" do
  with_demo DemoPages::STRICT

  it "is final, whatever their other tabs still say" do
    ada = enter("Ada")
    bob = enter("Bob")
    first = bob.current_window
    other = bob.open_tab("/races/brisk-badger")
    expect(ada).to have_text("racing in Brisk Badger, 2 tabs")

    bob.switch_to_window(first)
    bob.click_button("Sign out")
    expect_people(ada, "Ada")

    bob.switch_to_window(other)
    expect_people(bob) # nobody is in the race
    let_heartbeats_pass(bob, 3)
    bob.execute_script("window.__presence.update({ progress: 50 })")
    let_heartbeats_pass(bob)
    let_linger_pass(ada)
    expect(ada.told(:join, :leave).tally).to include("Bob" => 2), ada.to_s
    expect_people(ada, "Ada")

    # Nor does a new connection of that tab bring them back: nobody is signed in there.
    bob.execute_script("window.__consumer.connection.reopen()")
    wait_until(-> { "the end of the connection of #{bob}" }) { bob.frames(:got, "disconnect").any? }
    let_linger_pass(ada)
    expect(ada.told(:join, :leave).tally).to include("Bob" => 2), ada.to_s
    expect_servers_list(ada)
  end
end
