# frozen_string_literal: true

require "fileutils"
require "json"
require "tmpdir"
require_relative "../../support/checkout"

# Small Rails applications in a directory of their own, each booted in a process of its own, as there can be only one
# Rails.application in a process.
module RailsAppSupport
  # What an example gives its application: by default as little of Rails as there can be.
  #
  # @param railties [Array<String>] what it requires before presence_rs
  # @param application [String] the body of its class
  # @param files [Hash{String => String}] by path below its root
  # @return [String] its directory
  def rails_app(railties: ["action_controller/railtie"], application: "", environment: "test", **files)
    root = Dir.mktmpdir("presence_rs-app")
    (@directories ||= []) << root
    write(root, "config/environment.rb", <<~RUBY)
      ENV["RAILS_ENV"] ||= #{environment.inspect}
      require "rails"
      #{railties.map { |name| "require #{name.inspect}" }.join("\n")}
      require "presence_rs"

      class SmallApp < Rails::Application
        config.root = #{root.inspect}
        config.load_defaults 7.1
        config.eager_load = false
        config.secret_key_base = "secret" * 20
        config.hosts.clear
        config.logger = Logger.new(nil)
        #{application}
      end
      SmallApp.initialize!
    RUBY
    write(root, "config.ru", <<~RUBY)
      require_relative "config/environment"
      run Rails.application
      Rails.application.load_server
    RUBY
    files.each { |path, text| write(root, path.to_s, text) }
    root
  end

  def write(root, path, text)
    file = File.join(root, path)
    FileUtils.mkdir_p(File.dirname(file))
    File.write(file, text)
    # Written long ago, as Rails sees it, so that it is reloaded when an example changes it in the same moment.
    File.utime(Time.now - 60, Time.now - 60, file)
  end

  # Boots the application and runs a script in it, with `get` and `result` at hand.
  #
  # @return [Object] what the script gave to `result`
  def run_in(root, script, env: {})
    write(root, "script.rb", <<~RUBY)
      require "json"
      require "rack/mock"

      def result(value) = File.write(#{File.join(root, "result.json").inspect}, JSON.generate(value))

      def request(verb, path, **env)
        Rack::MockRequest.new(Rails.application).request(verb.to_s.upcase, path, env.transform_keys(&:to_s))
      end

      def get(path, **env) = request(:get, path, **env)

      require #{File.join(root, "config/environment").inspect}
      #{script}
    RUBY
    @output = Checkout.run("ruby", "-rbundler/setup", File.join(root, "script.rb"), chdir: root, env: app_env.merge(env))
    JSON.parse(File.read(File.join(root, "result.json")))
  end

  # @return [String] what the last run printed
  attr_reader :output

  def app_env
    { "BUNDLE_GEMFILE" => File.join(Checkout::ROOT, "Gemfile"), "RAILS_ENV" => nil, "RACK_ENV" => nil,
      "WEB_CONCURRENCY" => nil }
  end

  def self.included(group)
    group.after { @directories&.each { |path| FileUtils.rm_rf(path) } }
  end
end
