# frozen_string_literal: true

module PresenceRs
  # The channel of the tags for views ({TagHelper}): whoever has a ticket for a topic, which a view of this app signed,
  # follows it, and is listed on it where the ticket says so of the very person that the connection is of.
  #
  # Where `config.authorize` is set it is asked too, with the request that opened the connection.
  class TopicChannel < ActionCable::Channel::Base
    include Channel

    # Dots of a page at most; others are left as they were at first.
    DOTS = 1_000

    # @return [void]
    def subscribed
      # A page asks every two seconds. Actions of one socket run at once.
      @pace = Hub::Pace.new(10, 5)
      @lock = Mutex.new
      ticket = Tags::Ticket.read(:topic, params[:topic])
      return reject unless ticket && viewer.may?(:read, ticket["topic"])

      @topic = topic = ticket["topic"]
      # Before the list is there. The page itself cannot know: it, or a part of it, may have been made for somebody else.
      transmit({ type: "viewer", id: viewer.member }) if ticket["list"] && viewer.known?
      join = Tags::Ticket.read(:join, params[:join]) if params[:join]
      return observe_presence(topic, list: ticket["list"]) unless join && joins?(topic, join)

      track_presence topic, as: join["member"], meta: join["meta"], permit: join["permit"]
    end

    # Action: which of those whom dots show are online? For a page that gets no list. Whom they show is told once, with a
    # number that stands for them from then on.
    #
    # @param data [Hash] "dots": the number; "members": what a view has signed for each
    # @return [void]
    def dots(data)
      return unless @topic && @lock.synchronize { @pace.take(Process.clock_gettime(Process::CLOCK_MONOTONIC)) }

      number = data["dots"]
      @dots = [number, members_of(data["members"])] if data["members"].is_a?(Array)
      known, members = @dots
      return transmit({ type: "dots", dots: nil }) unless members && known == number

      transmit({ type: "dots", dots: number, online: PresenceRs[@topic].online(members) })
    rescue StoreUnavailable => e
      PresenceRs.report(e, { in: "dots", topic: @topic }) # it asks again
    end

    private

    def members_of(tickets)
      named = tickets.first(DOTS).filter_map { |ticket| Tags::Ticket.read(:member, ticket) }
      named.filter_map { |topic, member| member if topic == @topic }.uniq
    end

    # A page that was made for somebody else (another one has signed in since, or it was copied) is only a watcher's.
    def joins?(topic, join)
      unless viewer.known?
        PresenceRs.report(ConfigurationError.new("a tag joins #{topic[0, 60].inspect}, but nothing tells who the cable connection is: set " \
                                                 "config.identify, or `identified_by :current_user` in ApplicationCable::Connection"))
      end
      join["topic"] == topic && join["member"] == viewer.member && viewer.may?(:join, topic)
    end

    def viewer = @viewer ||= Tags::Viewer.new(connection)
  end
end
