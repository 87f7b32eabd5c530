# frozen_string_literal: true

module PresenceRs
  module Testing
    # The memory store of a test: every change is published, and its handlers are run, before the call that made it
    # returns, so that a test waits for nothing.
    # @api private
    class Store < Stores::Memory
      # What can change who is present. `try_…` are the quick ways of the same.
      WRITES = %i[join try_join join_since update leave try_leave leave_all visit].freeze

      # What is called after each of them.
      attr_writer :publish

      WRITES.each do |write|
        next unless method_defined?(write)

        define_method(write) { |*args| super(*args).tap { @publish&.call } }
      end
    end
  end
end
