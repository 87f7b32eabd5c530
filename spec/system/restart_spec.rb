# frozen_string_literal: true

require_relative "support/demo_pages"

# A server that is stopped and started again begins with an empty list, in another epoch.
RSpec.describe "A restart of the server" do
  # So long that nothing but what is promised takes as long, on a busy machine too.
  heartbeat = 4

  # Seconds from the later of two confirmed subscriptions to the later of two lists that are whole.
  def seconds_from_reconnecting_to_right(*people, names)
    confirmed = people.map { |person| person.frames(:got, "confirm_subscription").last["at"] }
    right = people.map { |person| person.events(:sync).find { |_, list, at| list == names && at >= confirmed.min }[2] }
    (right.max - confirmed.max) / 1000.0
  end

  %w[TERM KILL].each do |signal|
    it "leaves both lists right within a heartbeat of reconnecting, and shown as stale meanwhile (SIG#{signal})" do
      @demo = start_demo({ "PRESENCE_TTL" => "16", "PRESENCE_HEARTBEAT" => heartbeat.to_s })
      ada = enter("Ada")
      bob = enter("Bob")
      expect_people(ada, "Ada", "Bob")
      epoch = ada.frames(:got, "presence_state").last["epoch"]

      demo.stop(signal)
      [ada, bob].each do |person|
        wait_until(-> { "a stale list on the page of #{person}" }) { person.stale? && person.connection == "waiting" }
        expect(person.people).to eq(%w[Ada Bob]), person.to_s
      end

      demo.start
      [ada, bob].each do |person|
        wait_until(-> { "a state of another epoch on the page of #{person}" }, within: 30) do
          person.frames(:got, "presence_state").last["epoch"] != epoch && !person.stale?
        end
        expect_people(person, "Ada", "Bob")
        expect_servers_list(person)
        expect(person.connection).to eq("live")
      end
      expect(seconds_from_reconnecting_to_right(ada, bob, "Ada, Bob")).to be <= heartbeat
    end
  end
end
