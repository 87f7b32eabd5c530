# frozen_string_literal: true

# What every store keeps, in the words of the public API. A spec of a store says how a registry with it is made:
#
#   it_behaves_like "a store" do
#     let(:store) { [:redis, { url: }] }
#   end
#
# Time is moved by hand, and nothing ticks by itself: what is asserted is what the store does.
RSpec.shared_examples "a store" do
  let(:clock) { PresenceRs::ManualClock.new(Time.at(1_790_000_000, 123, :millisecond)) }
  let(:options) { {} }
  let(:registry) { PresenceRs::Registry.new(store:, clock:, ttl: 30, coalesce: 0.1, **options) }
  let(:room) { registry["room:1"] }
  let(:diffs) { [].tap { |list| registry.subscribe { |diff| list << diff } } }

  after { registry.close }

  def ids(list) = list.map(&:id)

  # The net changes of a diff, short: "+ada -bob ~carl"
  def short(diff)
    (ids(diff.joins).map { |id| "+#{id}" } + ids(diff.leaves).map { |id| "-#{id}" } + ids(diff.updates).map { |id| "~#{id}" }).join(" ")
  end

  include_examples "a store of sessions"
  include_examples "a store of lingering members"
  include_examples "a store of page requests"
  include_examples "a store that reads"
  include_examples "a store with pages"
  include_examples "a store that publishes"
  include_examples "a store with limits"
  include_examples "a store that carries events"
end
