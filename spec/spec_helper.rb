# frozen_string_literal: true

# COVERAGE=1 bundle exec rspec writes coverage/index.html.
if ENV["COVERAGE"]
  require "simplecov"
  SimpleCov.start { add_filter "/spec/" }
end

require "presence_rs"

Dir[File.join(__dir__, "support", "**", "*.rb")].each { |file| require file }

RSpec.configure do |config|
  config.disable_monkey_patching!
  config.expect_with(:rspec) { |expectations| expectations.include_chain_clauses_in_custom_matcher_descriptions = true }
  config.mock_with(:rspec) { |mocks| mocks.verify_partial_doubles = true }
  config.shared_context_metadata_behavior = :apply_to_host_groups

  # One order a run, printed; `rspec --seed N` repeats it.
  config.order = :random
  Kernel.srand config.seed

  # A run that found no example has tested nothing, whatever its status would say.
  config.fail_if_no_examples = true
  config.filter_run_when_matching :focus unless ENV["CI"]
  config.example_status_persistence_file_path = File.join(__dir__, "..", "tmp", "rspec_status.txt")

  # Where a spec lives says what it needs: a browser, or processes of its own to fork and to kill. Both are slower
  # than the rest; `rspec --tag ~system --tag ~processes` leaves them out.
  config.define_derived_metadata(file_path: %r{/spec/system/}) { |metadata| metadata[:system] = true }
  config.define_derived_metadata(file_path: %r{/spec/processes/}) { |metadata| metadata[:processes] = true }

  config.include Waiting
  config.include Apart

  # Whatever an example did with the registry of the process or its configuration, the next one begins anew.
  config.after { PresenceRs.reset! }
end
