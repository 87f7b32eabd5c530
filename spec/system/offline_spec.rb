# frozen_string_literal: true

require_relative "support/demo_pages"

# A network that goes away and comes back, and a browser that says so.
RSpec.describe "Offline and online" do
  with_demo "PRESENCE_TTL" => "6", "PRESENCE_HEARTBEAT" => "1", "PRESENCE_LINGER" => "3", "PRESENCE_GRACE" => "3"

  after { @proxy&.close }

  # What DevTools call offline does not reach an open WebSocket; the proxy sees to that.
  def network(person, offline:)
    offline ? @proxy.silence : @proxy.forward
    person.driver.browser.execute_cdp("Network.emulateNetworkConditions", offline: offline, latency: 0,
                                                                          downloadThroughput: -1, uploadThroughput: -1)
    wait_until("navigator.onLine to be #{!offline}") { person.evaluate_script("navigator.onLine") == !offline }
  end

  it "shows a list as stale as soon as the browser is offline, and right within a heartbeat of the network's return" do
    ada = enter("Ada")
    @proxy = SilentProxy.new(demo.port)
    bob = enter("Bob", through: @proxy)
    bob.driver.browser.execute_cdp("Network.enable")
    expect_people(ada, "Ada", "Bob")

    bob.execute_script("addEventListener('offline', () => { window.__offlineAt = Date.now() })")
    network(bob, offline: true)
    wait_until(-> { "a stale list on the page of #{bob}" }) { bob.stale? && bob.connection == "waiting" }
    # It need not wait until nothing has been heard for so long that something must be wrong, which takes 7.5 s.
    stale_at = expect_event(bob, :stale, "true")[2]
    expect(stale_at - bob.evaluate_script("window.__offlineAt")).to be < 4_000
    expect_event(ada, :leave, "Bob")
    enter("Cleo")

    network(bob, offline: false)
    expect_people(bob, "Ada", "Bob", "Cleo")
    expect_servers_list(bob)
    expect(bob.connection).to eq("live")
    expect_people(ada, "Ada", "Bob", "Cleo")
    expect_tabs(ada, "Bob", 1)
  end

  context "for a moment" do
    # All linger for as long as the grace is, so that one who lingers meanwhile shows when it is over.
    with_demo "PRESENCE_TTL" => "30", "PRESENCE_HEARTBEAT" => "1", "PRESENCE_LINGER" => "8", "PRESENCE_GRACE" => "8"

    it "is no leave to others where a connection was lost and the next one is there within the grace" do
      ada = enter("Ada")
      bob = enter("Bob")
      expect_people(ada, "Ada", "Bob")

      2.times do
        before = bob.frames(:got, "confirm_subscription").size
        bob.execute_script("window.__consumer.connection.webSocket.close()")
        wait_until(-> { "another subscription of #{bob}" }) { bob.frames(:got, "confirm_subscription").size > before }
      end
      expect_servers_list(bob)
      let_linger_pass(ada)

      expect_tabs(ada, "Bob", 1)
      expect(ada.told(:join, :leave) - ["Passer-by 1"]).to eq(["Bob"]), ada.to_s
    end
  end
end
