# frozen_string_literal: true

require_relative "support/demo_pages"

# Browsers and networks that end or fall silent without a word.
RSpec.describe "Dead sockets" do
  ttl = DemoPages::STRICT.fetch("PRESENCE_TTL").to_f
  # What is promised: an expiry is published within a second after it is due, and reaches pages at once. The rest is what
  # a busy machine may take longer; nobody else would notice within this.
  gone_by = ttl + 2 + 8

  with_demo DemoPages::STRICT

  after { @proxy&.close }

  # @return [Float] seconds between a moment and that event on a page
  def seconds_until(event, since)
    (event[2] / 1000.0) - since.to_f
  end

  it "takes somebody off whose browser was killed, after the grace" do
    ada = enter("Ada")
    bob = enter("Bob")
    expect_people(ada, "Ada", "Bob")

    killed = Time.now
    bob.kill
    event = expect_event(ada, :leave, "Bob")

    # The kernel closed its socket: nobody had to wait for the ttl.
    expect(event[3]).to eq("left"), ada.to_s
    expect(seconds_until(event, killed)).to be > 0.5
    expect_people(ada, "Ada")
    expect_servers_list(ada)
  end

  it "takes somebody off whose browser is frozen, soon after the ttl, and shows them again when it goes on" do
    ada = enter("Ada")
    bob = enter("Bob")
    expect_people(ada, "Ada", "Bob")

    bob.freeze
    frozen = Time.now
    event = expect_event(ada, :leave, "Bob")
    expect(event[3]).to eq("expired"), ada.to_s
    expect(seconds_until(event, frozen)).to be <= gone_by
    expect_people(ada, "Ada")

    bob.thaw
    expect_people(ada, "Ada", "Bob")
    [ada, bob].each { |person| expect_servers_list(person) }
    expect(ada.told(:join)).to eq(%w[Bob Bob])
  end

  it "takes somebody off whose network fell silent, and shows both lists right when it speaks again" do
    ada = enter("Ada")
    @proxy = SilentProxy.new(demo.port)
    bob = enter("Bob", through: @proxy)
    expect_people(ada, "Ada", "Bob")

    @proxy.silence
    silent = Time.now
    event = expect_event(ada, :leave, "Bob")
    expect(event[3]).to eq("expired"), ada.to_s
    expect(seconds_until(event, silent)).to be <= gone_by

    # Bob's page knows nothing of what goes on, and says so.
    cleo = enter("Cleo")
    wait_until(-> { "a stale list on the page of #{bob}" }) { bob.stale? && bob.connection == "waiting" }
    expect_people(bob, "Ada", "Bob")

    @proxy.forward
    expect_people(bob, "Ada", "Bob", "Cleo")
    [ada, bob, cleo].each { |person| expect_servers_list(person) }
    # The connection that hung is no second tab of his.
    expect_tabs(ada, "Bob", 1)
  end

  context "before the ttl" do
    with_demo DemoPages::PATIENT

    it "shows one tab of somebody whose connection hangs and whose page has opened another" do
      ada = enter("Ada")
      @proxy = SilentProxy.new(demo.port)
      bob = enter("Bob", through: @proxy)
      expect_people(ada, "Ada", "Bob")

      @proxy.hang
      wait_until(-> { "a second subscription of #{bob}" }, within: 60) { bob.frames(:got, "confirm_subscription").size >= 2 }
      let_heartbeats_pass(bob)
      # To the server the first connection is as alive as the second; but the page has said that it was its own.
      expect_tabs(ada, "Bob", 1)
      expect(ada.told(:join, :leave)).to eq(["Bob"]), ada.to_s
      [ada, bob].each { |person| expect_servers_list(person) }
    end
  end
end
