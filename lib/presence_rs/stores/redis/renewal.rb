# frozen_string_literal: true

module PresenceRs
  module Stores
    class Redis
      # Tells a bucket, in one call, which of the sessions kept here were heard, and brings those back that it has forgotten.
      # @api private
      class Renewal
        # Sessions in one call, so that no call holds the server up.
        AT_ONCE = 2_000
        BACK_AT_ONCE = 100

        # @param store [Redis]
        # @param hosts [Hosts]
        # @param time [Timeline]
        # @param lease [Integer] ms for which a process ticks for all
        # @param id [String] of this process
        def initialize(store, hosts, time, id:, lease:)
          @store = store
          @hosts = hosts
          @time = time
          @lease = lease
          @id = id
        end

        # @return [Array] what the script answers, but for the unknown
        # @raise [StoreUnavailable] they will be told of the next time
        def pulse(bucket, force:)
          untold = @hosts.take(bucket, @time.now)
          loop do
            some = untold.first(AT_ONCE)
            life = @store.life(bucket)
            *answer, same, unknown = send_pulse(bucket, some, life, force:)
            untold = untold.drop(AT_ONCE)
            bring_back(bucket, some.values_at(*unknown), same == 1 ? life : nil) unless unknown.empty?
            return answer if untold.empty?
          end
        rescue StoreUnavailable
          @hosts.put_back(untold)
          raise
        end

        private

        # Those that the bucket does not know: either somebody else has ended them, or it has lost them.
        # @param life [String, nil] in which it does not know them; nil: not the one that we know
        def bring_back(bucket, hosts, life)
          now = @time.now
          ended, lost = hosts.reject(&:gone).partition { |host| host.life == life && now < host.sure_till }
          ended.each { |host| @hosts.remove(host.topic, host.member, host.session) if current?(host) }
          lost.select { |host| host.live?(now) }.each_slice(BACK_AT_ONCE) { |slice| rejoin(bucket, slice) }
        end

        def send_pulse(bucket, hosts, life, force:)
          now = @time.now
          renewals = hosts.flat_map { |host| [host.entry, host.left(now)] }
          answer = @store.ask(:pulse, bucket, @id, force ? 1 : 0, force ? 0 : 1, @lease, life, *renewals)
          sure(hosts, answer.last, now)
          answer
        end

        def sure(hosts, unknown, now)
          unknown = unknown.to_h { |at| [at, true] }
          hosts.each_with_index { |host, at| host.sure_till = now + host.left(now) unless unknown[at] }
        end

        def rejoin(bucket, hosts)
          now = @time.now
          sessions = hosts.flat_map do |host|
            [host.topic, host.member, host.session, host.meta, host.ttl, host.left(now), host.joined, host.since]
          end
          answers = @store.ask(:rejoin, bucket, *sessions).first
          hosts.zip(answers) { |host, answer| settle(host, answer.to_s, now) }
        rescue StoreUnavailable
          @hosts.put_back(hosts)
          raise
        end

        def settle(host, answer, now)
          if answer.empty? || answer.start_with?("limit ")
            report(host, answer)
            @hosts.remove(host.topic, host.member, host.session) if current?(host)
          elsif host.gone
            # It has left meanwhile, and must not be back.
            @store.leave(host.topic, host.member, host.session, 0) unless @hosts.find(host.topic, host.member, host.session)
          else
            host.number = answer
            host.life = @store.life(host.bucket)
            host.sure_till = now + host.left(now)
          end
        end

        def report(host, answer)
          return if answer.empty?

          limit = answer.split.last.to_sym
          PresenceRs.report(LimitExceeded.new(limit, @store.limit(limit), "a session could not be brought back"),
                            topic: host.topic, member: host.member)
        end

        def current?(host) = @hosts.find(host.topic, host.member, host.session).equal?(host)
      end
    end
  end
end
