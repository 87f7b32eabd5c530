# frozen_string_literal: true

require_relative "support/demo_pages"

# Browsers hold back the timers of tabs that nobody sees.
RSpec.describe "A hidden tab" do
  # Seconds since a tab was hidden, on its own clock.
  def watch_hiding(person)
    person.execute_script("document.addEventListener('visibilitychange', () => { window.__hiddenAt = performance.now() })")
    person.hide
    -> { person.evaluate_script("document.hidden ? (performance.now() - window.__hiddenAt) / 1000 : 0") }
  end

  context "for longer than the ttl" do
    with_demo DemoPages::STRICT.merge("PRESENCE_TTL" => "10")

    it "is still online, and its list is right" do
      ada = enter("Ada")
      bob = enter("Bob")
      hidden = watch_hiding(bob)
      wait_until("twice the ttl in a hidden tab", within: 60) { hidden.call > 20 }

      expect(ada.told(:leave)).to eq([]), ada.to_s
      expect_people(ada, "Ada", "Bob")
      enter("Cleo")
      expect_people(bob, "Ada", "Bob", "Cleo")
      expect(bob.evaluate_script("document.hidden")).to be(true)
    end
  end

  # After five minutes Chromium runs a hidden tab's timers once a minute; here after a second. The server's pings, one
  # in 3 s, are the occasions that are left.
  context "whose timers run once a minute" do
    with_demo "PRESENCE_TTL" => "10", "PRESENCE_HEARTBEAT" => "2"

    it "is still online after longer than the ttl" do
      ada = enter("Ada")
      bob = enter("Bob", flags: ["--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1"])
      bob.execute_script("(function tick() { window.__tickedAt = performance.now(); setTimeout(tick, 500) })()")
      watch_hiding(bob)
      held_back = -> { bob.evaluate_script("(performance.now() - window.__tickedAt) / 1000") }
      wait_until("a timer that was held back for longer than the ttl", within: 90) { held_back.call > 12 }

      expect(ada.told(:leave)).to eq([]), ada.to_s
      expect_people(ada, "Ada", "Bob")
      expect_servers_list(bob)
    end
  end

  context "that the browser freezes" do
    with_demo DemoPages::STRICT

    it "is gone after its ttl, and back with a right list when it is resumed" do
      ada = enter("Ada")
      bob = enter("Bob")
      bob.driver.browser.execute_cdp("Page.setWebLifecycleState", state: "frozen")
      expect(expect_event(ada, :leave, "Bob")[3]).to eq("expired")
      enter("Cleo")

      bob.driver.browser.execute_cdp("Page.setWebLifecycleState", state: "active")
      expect_people(ada, "Ada", "Bob", "Cleo")
      expect_people(bob, "Ada", "Bob", "Cleo")
      expect_servers_list(bob)
    end
  end
end
