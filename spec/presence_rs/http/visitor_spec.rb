# frozen_string_literal: true

require_relative "support"
require "open3"

RSpec.describe PresenceRs::Http::Visitor do
  include HttpSupport

  def visitor(env = {})
    described_class.of(env, registry)
  end

  it "is the same one for a request and a registry, another for another registry" do
    env = {}
    other = PresenceRs::Registry.new(clock: clock)
    expect(visitor(env)).to equal(visitor(env))
    expect(described_class.of(env, other)).not_to equal(visitor(env))
  end

  it "asks identify once, whatever it answers" do
    [nil, "ada", "x" * 300, -> { raise "boom" }].each do |answer|
      asked = 0
      record_reports
      registry_with(identify: ->(_) { (asked += 1) && (answer.respond_to?(:call) ? answer.call : answer) })
      one = visitor
      2.times { one.member }
      expect(asked).to eq(1)
    end
  end

  it "has an id in UTF-8, or nil for nobody" do
    expect(visitor("HTTP_X_USER" => "Zoë".b).member).to eq("Zoë")
    expect(visitor.member).to be_nil
    registry_with(identify: ->(_) { false })
    expect(visitor.member).to be_nil
  end

  it "reports an id that is too long, names nobody, and keeps the reason" do
    record_reports
    one = visitor("HTTP_X_USER" => "u" * 256)
    expect(one.member).to be_nil
    expect(one.invalid).to be_a(PresenceRs::InvalidName)
    expect(reported).to eq([one.invalid])
  end

  it "hands a Rack::Request to the blocks without Rails" do
    hide_const("ActionDispatch")
    expect(visitor.request).to be_an_instance_of(Rack::Request)
  end

  it "hands an ActionDispatch::Request to the blocks in Rails, and trusts its base URL" do
    script = <<~'RUBY'
      require "action_dispatch"
      require "presence_rs"
      seen = nil
      identify = ->(request) { seen = request.class and "ada" }
      registry = PresenceRs::Registry.new(clock: PresenceRs::ManualClock.new, identify: identify)
      app = PresenceRs::Middleware.new(->(_) { [200, {}, []] }, registry: registry)
      env = Rack::MockRequest.env_for("/presence/online", method: "POST", "HTTP_ORIGIN" => "https://app.test",
                                      "HTTP_X_FORWARDED_HOST" => "app.test", "HTTP_X_FORWARDED_PROTO" => "https")
      puts app.call(env).first, seen
    RUBY
    out, err, status = Open3.capture3("ruby", "-I", "lib", "-e", script)
    expect([out.split, err, status.success?]).to eq([%w[201 ActionDispatch::Request], "", true])
  end
end
