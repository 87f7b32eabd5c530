# frozen_string_literal: true

require_relative "support/demo_pages"

# Snapshots, diffs and acks that meet a page at an unfortunate moment.
RSpec.describe "The order of messages" do
  # So long that a join, a snapshot and a leave fit between two diffs, on a busy machine too.
  coalesce = 8

  context "with diffs that wait" do
    with_demo "PRESENCE_TTL" => "120", "PRESENCE_HEARTBEAT" => "5", "PRESENCE_LINGER" => "0", "PRESENCE_COALESCE" => coalesce.to_s

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
    with_demo "PRESENCE_TTL" => "60", "PRESENCE_HEARTBEAT" => "1", "PRESENCE_LINGER" => "0"

    # A page repeats what has not been answered within this; milliseconds.
    repeated_after = 1_900

    def times(person, direction, type)
      person.frames(direction, type).map { |frame| frame["at"] }
    end

    # @return [Person] whose page's questions are counted from now on
    def enter_and_count(name)
      enter(name).tap { |person| @before = times(person, :sent, "presence_sync").size }
    end

    # How often a page has asked for a state. One that took long is asked for again, and that is the same question.
    define_method(:asked) do |person|
      states = times(person, :got, "presence_state")
      asks = times(person, :sent, "presence_sync").drop(@before)
      asks.each_with_index.count do |at, index|
        earlier = asks[index - 1] if index.positive?
        earlier.nil? || at - earlier < repeated_after || states.any? { |state| state.between?(earlier, at) }
      end
    end

    it "makes a page ask once where an ack or a state came before a diff, and never again" do
      ada = enter_and_count("Ada")
      bob = visitor("Bob")

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
      ada = enter_and_count("Ada")
      others = %w[Bob Cleo Dan].map { |name| visitor(name) }
      before = %w[presence_ack presence_diff].map { |type| ada.frames(:got, type).size }
      wait_until(-> { "five acks and more diffs to #{ada}" }) do
        others.each { |visitor| rand < 0.5 ? visitor.join : visitor.leave }
        acks, diffs = %w[presence_ack presence_diff].zip(before).map { |type, earlier| ada.frames(:got, type).size - earlier }
        acks >= 5 && diffs > 5
      end

      expect_servers_list(ada)
      expect(asked(ada)).to eq(0), ada.to_s
    end
  end
end
