# frozen_string_literal: true

require "open3"

# Processes as containers have them: with namespaces of their own, made by unshare(1).
RSpec.describe "The shared store, in containers" do
  # Joins, says who is there, and stays until its input ends.
  script = <<~RUBY
    require "presence_rs"
    PresenceRs.configure { |config| config.on_error = ->(error, _) { $stdout.syswrite("\#{error.message}\\n") } }
    begin
      registry = PresenceRs::Registry.new(store: [:shared, { path: ARGV[0] }])
      registry.subscribe { |diff| $stdout.syswrite("\#{ARGV[1]} heard \#{JSON.parse(diff.to_json)["joins"].map { |join| join["id"] }}\\n") }
      registry["room"].join(ARGV[1])
      $stdout.syswrite("\#{ARGV[1]} sees \#{registry["room"].ids}\\n")
      $stdin.read
    rescue PresenceRs::Error => error
      puts "\#{error.class}: \#{error.message}"
    end
  RUBY
  pids = %w[unshare --pid --mount --mount-proc --fork]
  rest = %w[unshare --mount --ipc --net --uts]

  define_method(:command) { |name| [RbConfig.ruby, "-I", File.expand_path("../../lib", __dir__), "-r", "json", "-e", script, path, name] }

  let(:path) { File.join(@directory, "presence") }

  before { skip "unshare is not allowed here" unless system(*pids, "true", %i[out err] => File::NULL) }

  around { |example| Dir.mktmpdir { |directory| (@directory = directory) && example.run } }

  def container(*command)
    Open3.popen2(*command) do |input, output, process|
      yield output
      input.close
      process.value
    end
  end

  it "is shared by those of one pid namespace, whatever else is their own" do
    container(*command("host")) do |host|
      # Its join is told before another one comes, which would be told of in the same diff.
      expect(Array.new(2) { host.gets }).to contain_exactly(%(host sees ["host"]\n), %(host heard ["host"]\n))
      container(*rest, *command("other")) do |other|
        expect(Array.new(2) { other.gets }).to include(%(other sees ["host", "other"]\n))
        expect(host.each_line).to include(%(host heard ["other"]\n))
      end
    end
  end

  it "is refused to those of another one while it is in use, and begins anew after that" do
    container(*command("host")) do |host|
      host.gets
      container(*pids, *command("other")) do |other|
        expect(other.read).to match(/ConfigurationError: .* is in use by processes of another container .*: let them share one pid namespace/)
      end
    end
    container(*pids, *command("other")) do |other|
      lines = [other.gets, other.gets, other.gets]
      expect(lines).to include(a_string_including("is another container's, which is gone; it was set aside"), %(other sees ["other"]\n))
    end
  end
end
