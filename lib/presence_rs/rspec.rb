# frozen_string_literal: true

require "rspec/core"
require "rspec/expectations"
require_relative "testing"
require_relative "testing/matchers"

# For the specs of an app: `require "presence_rs/rspec"` in the rails_helper gives every example what
# {PresenceRs::TestHelper} gives a test of Minitest's, and {PresenceRs::Testing::Matchers}.
RSpec.configure do |config|
  config.include PresenceRs::Testing::Helpers
  config.include PresenceRs::Testing::Matchers
  # First and last, so that the app's own hooks have it too.
  config.prepend_before { |example| begin_presence(example.full_description) }
  config.append_after { end_presence }
end
