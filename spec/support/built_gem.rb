# frozen_string_literal: true

require "fileutils"
require "rubygems/package"
require_relative "checkout"

# The gem as users get it: built from this checkout and installed somewhere else, at most once a run, since compiling
# it takes a minute.
module BuiltGem
  class << self
    # @return [String] the path of the .gem file
    def path
      @path ||= File.join(directory, "presence_rs.gem").tap do |path|
        @build_output = Checkout.run("gem", "build", "presence_rs.gemspec", "--output", path)
      end
    end

    # @return [String] what `gem build` printed
    def build_output
      path
      @build_output
    end

    # @return [Array<String>] the files in it
    def files
      @files ||= Gem::Package.new(path).contents
    end

    # Installs it into a GEM_HOME of its own. Cargo gets no network: the crates are those that building the checkout
    # has fetched.
    #
    # @return [Hash{String => String}] the environment in which it is installed
    def environment
      @environment ||= begin
        home = File.join(directory, "gem home")
        env = { "GEM_HOME" => home, "GEM_PATH" => [home, *Gem.path].join(File::PATH_SEPARATOR) }
        Checkout.run("gem", "install", "--local", "--no-document", path,
                     env: env.merge("CARGO_NET_OFFLINE" => "true"), chdir: elsewhere)
        env.freeze
      end
    end

    # @return [String] where it was installed
    def installed
      Dir[File.join(environment["GEM_HOME"], "gems", "presence_rs-*")].fetch(0)
    end

    # @return [String] a directory away from the checkout
    def elsewhere
      File.join(directory, "elsewhere").tap { |path| FileUtils.mkdir_p(path) }
    end

    private

    def directory
      @directory ||= Dir.mktmpdir("presence_rs-gem").tap do |path|
        owner = Process.pid
        at_exit { FileUtils.rm_rf(path) if Process.pid == owner }
      end
    end
  end
end
