# frozen_string_literal: true

require "bundler"
require "open3"
require "tmpdir"

# The checkout that the specs run in, and running other programs as somebody would who is not in it.
module Checkout
  ROOT = File.expand_path("../..", __dir__)

  class << self
    # Runs a command without Bundler's environment and without standard input.
    #
    # @return [String] what it printed, both streams
    # @raise [RuntimeError] with all of that when it failed
    def run(*command, env: {}, chdir: ROOT)
      output, status = try(*command, env: env, chdir: chdir)
      raise "#{command.join(" ")} (in #{chdir}) failed with #{status}:\n#{output}" unless status.success?

      output
    end

    # The same, without an opinion.
    #
    # @return [Array(String, Process::Status)]
    def try(*command, env: {}, chdir: ROOT)
      Bundler.with_unbundled_env { Open3.capture2e(env, *command, chdir: chdir, stdin_data: "") }
    end
  end
end
