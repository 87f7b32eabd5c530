# frozen_string_literal: true

require "json"
require "monitor"

module SharedSpec
  # A page: a socket that keeps its list by what it is sent, beats, and comes back when it is cut, naming its earlier
  # session, as the ES module does.
  class Page
    attr_reader :id

    def initialize(port, id)
      @port = port
      @id = id
      @members = {}
      # One thread keeps it alive, and another one reads its list.
      @turn = Monitor.new
      connect
    end

    # @return [Array<String>] the ids on its list
    def list
      @turn.synchronize { take && @members.keys.sort }
    end

    # @return [Boolean] whether it had to come back
    def beat
      @turn.synchronize do
        return connect if @cable.closed? && !@left

        @cable.perform("presence_heartbeat", {}, room: "room")
        false
      end
    rescue IOError, SystemCallError
      false # cut just now: the next one comes back
    end

    # As a page does that is left: it says so, and goes.
    def leave
      @left = true
      @cable.perform("presence_leave", { resume: @resume }.compact, room: "room")
      @cable.close
    end

    # Goes without a word.
    def close
      @left = true
      @cable.close
    end

    private

    def connect
      cable = CableClient.new(@port, path: "/cable?as=#{@id}")
      cable.subscribe(room: "room")
      @cable = cable
      @seen = 0
      @announced = false
      true
    rescue IOError, SystemCallError, RuntimeError
      false # the server is being started anew
    end

    def take
      messages = @cable.received(room: "room")
      messages.drop(@seen).each { |message| read(message) }
      @seen = messages.size
    end

    def read(message)
      case message["type"]
      when "presence_session" then come_back(message["resume"])
      when "presence_state"
        @epoch, @version = message.values_at("epoch", "version")
        @members = message["members"].to_h { |member| [member["id"], member] }
      when "presence_diff" then apply(message)
      when "presence_ack" then ask unless message.values_at("epoch", "version") == [@epoch, @version]
      end
    end

    def come_back(resume)
      ask(resume: @resume) if @resume
      @resume = resume
    end

    def apply(diff)
      return if diff["epoch"] == @epoch && diff["version"] <= @version
      return ask unless diff["from"].zero? || (diff["epoch"] == @epoch && diff["from"] == @version)

      @members = {} if diff["from"].zero?
      @epoch, @version = diff.values_at("epoch", "version")
      diff["leaves"].each { |leave| @members.delete(leave["id"]) }
      (diff["joins"] + diff["updates"]).each { |member| @members[member["id"]] = member }
    end

    def ask(**data)
      @cable.perform("presence_sync", data, room: "room")
    rescue IOError, SystemCallError
      nil # cut just now: the next one gets a state
    end
  end
end
