# frozen_string_literal: true

require_relative "message"

module PresenceRs
  class Hub
    # The ack of a topic's last diff, which nearly all heartbeats get: made once, like diffs and states. Used under the
    # room's mutex.
    #
    # @api private
    class Acks
      # @param topic [String] its name
      # @return [Message]
      def of(topic, epoch, version, count)
        return @last if @last && @version == version && @epoch == epoch && @count == count

        @epoch = epoch
        @version = version
        @count = count
        @last = Message.of(type: "presence_ack", topic: topic, epoch: epoch, version: version, count: count)
      end
    end
  end
end
