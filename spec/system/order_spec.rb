# frozen_string_literal: true

require_relative "support/demo_pages"

# Snapshots, diffs and acks that meet a page at an unfortunate moment.
RSpec.describe "The order of messages" do
  # So long that a join, a snapshot and a leave fit between two diffs.
  coalesce = 3

  context "with diffs that wait" do
    with_demo "PRESENCE_TTL" => "30", "PRESENCE_HEARTBEAT" => "5", "PRESENCE_LINGER" => "0", "PRESENCE_COALESCE" => coalesce.to_s

    # All that the server has told this page of a person.
    def heard_of(person, id)
      %w[presence_state presence_diff].flat_map { |type| person.frames(:got, type) }.select { |frame| frame.to_s.include?(id) }
    end

    it "leaves nobody on a page for good who left between a snapshot and the diff of their join" do
      ada = enter("Ada")
      asker, dan, eve = %w[Asker Dan Eve].map { |name| visitor(name) }
      asker.join # opens a window: what follows waits for its end
      expect_event(ada, :join, "Asker")
      states = ada.frames(:got, "presence_state").size

      expect(dan.join).to eq("201")
      ada.execute_script("window.__cable.sockets.at(-1).send(JSON.stringify({ command: 'message', " \
                         "identifier: '{\"channel\":\"LobbyChannel\"}', data: '{\"action\":\"presence_sync\"}' }))")
      wait_until(-> { "another state for #{ada}" }) { ada.frames(:got, "presence_state").size > states }
      dan.leave
      expect(asker.ids.grep(/:Dan\z/)).to eq([])

      # Eve's join is in a later diff.
      eve.join
      expect_event(ada, :join, "Eve")
      expect_people(ada, "Ada", "Asker", "Eve")
      expect_servers_list(ada)
      expect(heard_of(ada, ":Dan")).to eq([]), "the server told of a join that had not been in a diff"
    end
  end

  context "with messages that overtake each other" do
    with_demo "PRESENCE_TTL" => "30", "PRESENCE_HEARTBEAT" => "1", "PRESENCE_LINGER" => "0"

    # How often a page has asked for a state.
    def asked(person)
      person.frames(:sent, "presence_sync").size
    end

    it "makes a page ask once where an ack or a state came before a diff, and never again" do
      ada = enter("Ada")
      bob = visitor("Bob")
      expect(asked(ada)).to eq(0)

      ada.execute_script("window.__cable.hold('presence_diff')")
      bob.join
      # The ack of a version that the page has not seen: it asks, and the state comes before the diff.
      expect_people(ada, "Ada", "Bob")
      expect(asked(ada)).to eq(1), ada.to_s

      # Bob's leave comes before the diff of his join, which is too late now, and must not bring him back.
      ada.execute_script("window.__cable.hold(null)")
      bob.leave
      expect_people(ada, "Ada")
      expect(ada.evaluate_script("window.__cable.release()")).to eq(1)
      let_heartbeats_pass(ada, 3)
      expect(asked(ada)).to eq(1), ada.to_s
      expect(ada.told(:join, :leave)).to eq(%w[Bob Bob])
      expect_people(ada, "Ada")
      expect_servers_list(ada)
    end

    it "makes no page ask while people come and go all the time" do
      ada = enter("Ada")
      others = %w[Bob Cleo Dan].map { |name| visitor(name) }
      before = ada.frames(:got, "presence_ack").size
      wait_until(-> { "five acks to #{ada}" }, within: 30) do
        others.each { |visitor| rand < 0.5 ? visitor.join : visitor.leave }
        ada.frames(:got, "presence_ack").size >= before + 5
      end

      expect_servers_list(ada)
      expect(ada.frames(:got, "presence_diff").size).to be > 5
      expect(asked(ada)).to eq(0), ada.to_s
    end
  end
end
