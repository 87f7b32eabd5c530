# frozen_string_literal: true

require_relative "../../support/checkout"

# Tests as an app has them, run in a process of their own.
RSpec.describe "PresenceRs::TestHelper", :processes do
  samples = File.join(__dir__, "samples")

  define_method(:run_sample) do |*command, **env|
    env = { "BUNDLE_GEMFILE" => File.join(Checkout::ROOT, "Gemfile"), "RAILS_ENV" => nil }.merge(env.transform_keys(&:to_s))
    output, status = Checkout.try(*command, env:, chdir: samples)
    [output, status.success?]
  end

  def minitest(file, **env) = run_sample("ruby", "-rbundler/setup", file, **env)
  def rspec(file) = run_sample("bundle", "exec", "rspec", "--options", File::NULL, "--no-color", file)

  describe "with Minitest" do
    it "gives each test of a Rails app its own registry and clock: models, channels, requests, handlers, configuration" do
      output, passed = minitest("app_test.rb")
      expect(output).to match(/27 runs, \d+ assertions, 0 failures, 0 errors, 0 skips/)
      expect(passed).to be true
    end

    it "holds where tests run at once in threads" do
      output, passed = minitest("app_test.rb", SAMPLE_WORKERS: "4", SAMPLE_WITH: "threads")
      expect(output).to match(/using 4 threads/).and match(/17 runs, \d+ assertions, 0 failures, 0 errors, 0 skips/)
      expect(passed).to be true
    end

    it "holds where tests run at once in processes" do
      output, passed = minitest("app_test.rb", SAMPLE_WORKERS: "2", SAMPLE_WITH: "processes")
      expect(output).to match(/using 2 processes/).and match(/27 runs, \d+ assertions, 0 failures, 0 errors, 0 skips/)
      expect(passed).to be true
    end

    it "keeps members in memory, whatever store the app has configured" do
      output, passed = minitest("app_test.rb", SAMPLE_STORE: "redis")
      expect(output).to match(/27 runs, \d+ assertions, 0 failures, 0 errors, 0 skips/)
      expect(passed).to be true
    end

    describe "says in a failure" do
      before(:context) { @output, @passed = run_sample("ruby", "-rbundler/setup", "failing_test.rb") }

      it "who is there, where else they are, and when they were last heard from" do
        expect(@passed).to be false
        expect(@output).to include("9 runs, 8 assertions, 7 failures, 2 errors")
        expect(@output).to include(<<~TEXT)
          where is she?
          "ada" should be present on "room:1".
          Present there: "bob" (lingers), "grace" (2 sessions).
          "ada" is present on "online".
          "ada" was last heard from on "room:1" 2.5 s ago.
        TEXT
        expect(@output).to include(%("ada" should be present on "online".\nPresent there: nobody.\n))
        expect(@output).to include(%("ada" should not be present on "room:1".\nPresent there: "ada".\n))
      end

      it "what has changed, and what should have" do
        expect(@output).to include(<<~TEXT)
          Expected no change on "room:1", but:
            "ada" joined "room:1" with [{"name":"Ada"}]
            "ada" left "room:1" (expired)
        TEXT
        expect(@output).to include(%(Expected on "room:1": "ada" joined, "grace" joined. But:\n  "ada" joined "room:1"\n))
        expect(@output).to include("Expected on any topic: a change. But:\nnothing has changed\n")
      end

      it "what is wrong with the test" do
        expect(@output).to include("give a block: what is done in it is looked at")
        expect(@output).to include("ttl, heartbeat: set after this test's registry was built, so without effect until PresenceRs.reset!")
        expect(@output).to include("this test has no registry of its own yet. With Minitest, `super` is missing in a before_setup")
      end
    end
  end

  describe "with RSpec" do
    it "gives each example its own registry and clock, and matchers" do
      output, passed = rspec("app_specs.rb")
      expect(output).to include("7 examples, 0 failures")
      expect(passed).to be true
    end

    it "says in a failure who is there, and what has changed" do
      output, = rspec("failing_specs.rb")
      expect(output).to include("6 examples, 6 failures")
      messages = [%(expected "ada" to be present on "room:1".\nPresent there: "grace".),
                  %(expected "ada" not to be present on "room:1".\nPresent there: "ada".),
                  %(expected the block not to change presence on "room:1", but:\n"ada" joined "room:1"),
                  %(expected the block to change presence on "room:1" ("grace" joined), but:\n"ada" joined "room:1"),
                  %(expected the block to change presence anywhere, but:\nnothing has changed),
                  %(not_to change_presence takes no joining, leaving or updating: say what does happen)]
      expect(output.gsub(/^ +/, "")).to include(*messages)
    end
  end
end
