# frozen_string_literal: true

module PresenceRs
  module Stores
    class Redis
      class Feed
        # The thread of a feed, and what it makes of what it reads.
        # @api private
        module Reader
          # Seconds of silence after which it is asked whether the connection still is one.
          SILENCE = 2
          # Seconds between two attempts at most.
          MAX_PAUSE = 1.0

          private

          # Until it is ended: connects, reads, and begins anew when that breaks off.
          def run
            pause = 0
            until @closed
              begin
                converse { pause = 0 }
              rescue StoreUnavailable, RedisClient::Error, SystemCallError, IOError
                lose
                pause = (pause * 2).clamp(0.1, MAX_PAUSE)
                sleep(pause * (0.5 + rand))
              rescue StandardError => e
                PresenceRs.report(e, thread: "redis feed")
                lose
                sleep(MAX_PAUSE)
              end
            end
          end

          def converse
            connect
            # Whatever is compared from here on is compared with what is fed: all is subscribed once this is answered.
            write(["PING"])
            @doubt = true
            asked = true
            until @closed
              event = @pubsub.next_event(SILENCE)
              raise IOError, "the feed fell silent" if event.nil? && asked

              write(["PING"]) if event.nil?
              asked = event.nil?
              yield if event
              handle(event) if event
              resync if pong?(event) && @doubt
            end
          end

          def pong?(event) = event == "PONG" || (event.is_a?(Array) && event.first == "pong")

          def resync
            @doubt = false
            @listener.resync(@all ? nil : topics)
          rescue StandardError
            @doubt = true
            raise
          end

          def lose
            pubsub = @pubsub
            @pubsub = nil
            @confirmed = {}
            pubsub&.close
          rescue RedisClient::Error, SystemCallError, IOError
            nil # it is closed
          end

          def handle(event)
            case event
            in ["message", channel, text] then message(channel, text)
            in ["pmessage", _, channel, text] then @listener.published(text) if @keys.feed?(channel)
            in ["subscribe" | "psubscribe", channel, _]
              @lock.synchronize do
                @confirmed[channel] = true
                @confirmation.broadcast
              end
            else nil
            end
          end

          # What comes by the pattern too is taken from there.
          def message(channel, text)
            if @keys.feed?(channel)
              @listener.published(text) unless @confirmed[@keys.everything]
            else
              words = text.b.split("\xFF".b, -1).map { |word| word.force_encoding(Encoding::UTF_8) }
              @listener.told(words, @keys.controls.index(channel))
            end
          end
        end
      end
    end
  end
end
