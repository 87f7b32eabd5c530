# frozen_string_literal: true

require "fileutils"

RSpec.describe "The scripts in bin/" do
  scripts = Dir.chdir(Checkout::ROOT) { Dir["bin/*", ".ci/run", "bin/support/*.sh"].select { |path| File.file?(path) } }

  scripts.each do |script|
    it("#{script} is a script that bash can read") { Checkout.run("bash", "-n", script) }
  end

  %w[bin/setup bin/test bin/demo].each do |script|
    it "#{script} says how it is called" do
      expect(Checkout.run(script, "--help")).to match(/^ +#{Regexp.escape(script)}( |$)/)
    end

    it "#{script} refuses an argument that it does not know, by name" do
      output, status = Checkout.try(script, "nonsense")
      expect([output, status.exitstatus]).to match([/nonsense/, 64])
    end
  end

  it ".ci/run runs what a contributor runs, and nothing else" do
    commands = File.readlines(File.join(Checkout::ROOT, ".ci/run"), chomp: true).grep_v(/\A(#|\s*\z)/)
    expect(commands).to contain_exactly(%r{\Aexec ".*/bin/test" "\$@"\z})
  end

  describe "the summary of bin/test" do
    def summary(seconds, *steps)
      Checkout.try("bash", "-c", [". bin/support/env.sh", ". bin/support/steps.sh", *steps, "SECONDS=#{seconds}", "summary"].join("\n"))
    end

    it "says how long all of it took, and how long that may be" do
      output, status = summary(2_600)
      expect([output, status.exitstatus]).to match([/^== Summary: 26\d\d s, of 2700 s \(half of what CI allows\)$/, 0])
      expect(output).not_to include("longer")
    end

    it "says so where it took longer, without failing for it, as a busy machine is no defect" do
      output, status = summary(2_701)
      expect([output, status.exitstatus]).to match([/^This took longer than the 2700 s/, 0])
    end

    it "says so of a run that failed, too" do
      output, status = summary(2_701, "not_run RSpec nothing")
      expect([output, status.exitstatus]).to match([/^This took longer than the 2700 s.*FAILED: 1 of 1 steps/m, 1])
    end
  end

  ["abc", "0", "70000", "-1", ""].each do |port|
    it "bin/demo refuses --port #{port.inspect} before it builds anything" do
      output, status = Checkout.try("bin/demo", "--port", port)
      expect([output, status.exitstatus]).to match([/"#{port}" is no port/, 64])
    end
  end

  describe "bin/setup on a machine that it cannot set up" do
    # Only what the script itself is made of: no Ruby, no Rust, no package manager.
    around do |example|
      Dir.mktmpdir do |directory|
        @bare = directory
        %w[bash sed sort cut dirname uname id locale grep tr paste].each do |tool|
          FileUtils.ln_s(Checkout.run("bash", "-c", "command -v #{tool}").chomp, directory)
        end
        example.run
      end
    end

    def setup(*arguments)
      env = { "PATH" => @bare, "HOME" => @bare, "CARGO_HOME" => nil, "CI" => "true" }
      Checkout.try(File.join(@bare, "bash"), "bin/setup", *arguments, env: env)
    end

    it "names everything that is missing, and fails" do
      output, status = setup
      expect(status.exitstatus).to eq(1)
      expect(output).to include("Ruby 3.2", "C compiler", "(cargo)", "clippy", "Node.js", "Chromium", "redis-server",
                                "valkey-server")
    end

    it "asks for no more than the parts that are wanted" do
      output, status = setup("stores")
      expect([output, status.exitstatus]).to match([/missing here:\n  - redis-server\n  - valkey-server\n\z/, 1])
    end
  end
end
