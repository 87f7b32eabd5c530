# frozen_string_literal: true

require_relative "support/demo_pages"

# A network that goes away and comes back, and a browser that says so.
RSpec.describe "Offline and online" do
  with_demo "PRESENCE_TTL" => "3", "PRESENCE_HEARTBEAT" => "1", "PRESENCE_LINGER" => "3", "PRESENCE_GRACE" => "3"

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

    network(bob, offline: true)
    wait_until(-> { "a stale list on the page of #{bob}" }, within: 2) { bob.stale? && bob.connection == "waiting" }
    expect_event(ada, :leave, "Bob")
    enter("Cleo")

    network(bob, offline: false)
    expect_people(bob, "Ada", "Bob", "Cleo")
    expect_servers_list(bob)
    expect(bob.connection).to eq("live")
    expect_people(ada, "Ada", "Bob", "Cleo")
    wait_until(-> { "one tab of Bob's on the page of #{ada}" }) { ada.metas("Bob").size == 1 }
  end
  it "is no leave to others where a connection was lost and the next one is there within the grace" do
    ada = enter("Ada")
    bob = enter("Bob")
    expect_people(ada, "Ada", "Bob")

    2.times do |lost|
      bob.execute_script("window.__consumer.connection.webSocket.close()")
      wait_until(-> { "subscription #{lost + 2} of #{bob}" }) { bob.frames(:got, "confirm_subscription").size == lost + 2 }
    end
    expect_servers_list(bob)
    let_linger_pass(ada)

    expect(ada.told(:join, :leave) - ["Passer-by 1"]).to eq(["Bob"]), ada.to_s
    expect(ada.metas("Bob").size).to eq(1), ada.to_s
  end
end
