# frozen_string_literal: true

RSpec.describe PresenceRs::Configuration do
  subject(:config) { described_class.new }

  it "has defaults that go together" do
    expect(config.check).to have_attributes(
      ttl: 45, heartbeat: 15.0, linger: 3, grace: 15, request_ttl: 300, touch_every: 15, coalesce: 0.1, max_coalesce: 0.5,
      sweep_interval: 1, store: :memory, on_unavailable: :raise, default_topic: "online", last_seen_for: 86_400,
      last_seen_limit: 100_000, max_meta_bytes: 4_096, max_member_bytes: 16_384, max_sessions_per_member: 100, max_ttl: 86_400,
      max_members_per_topic: 100_000, max_topics: 100_000, list_limit: 1_000, path: "/presence", allowed_origins: []
    )
  end

  it "takes the heartbeat from the ttl where it is not set" do
    config.ttl = 30
    expect(config.heartbeat).to eq(10.0)
  end

  it "keeps the default of request_ttl below a max_ttl that is short" do
    config.max_ttl = 60
    expect(config.check.request_ttl).to eq(60)
    config.request_ttl = 61
    expect { config.check }.to raise_error(PresenceRs::ConfigurationError, /request_ttl must be at most max_ttl \(60\); it is 61/)
  end

  it "takes Integers, Floats and Rationals as seconds" do
    [1, 0.5, Rational(1, 3)].each { |value| expect((config.ttl = value)).to eq(value) }
    expect(config.ttl_ms).to eq(334)
  end

  it "takes ActiveSupport's Durations" do
    require "active_support"
    require "active_support/duration"
    config.ttl = ActiveSupport::Duration.minutes(2)
    expect(config.ttl_ms).to eq(120_000)
  end

  %i[ttl heartbeat sweep_interval request_ttl last_seen_for max_ttl].each do |name|
    [0, -1, Float::NAN, Float::INFINITY, "30", nil, :x, 1i].each do |value|
      it "refuses a #{name} of #{value.inspect}" do
        expect { config.public_send(:"#{name}=", value) }
          .to raise_error(PresenceRs::ConfigurationError, "#{name} is a number of seconds above 0; got #{value.inspect}")
      end
    end
  end

  %i[coalesce max_coalesce linger grace touch_every].each do |name|
    it "takes a #{name} of 0, and refuses what is no time" do
      expect((config.public_send(:"#{name}=", 0))).to eq(0)
      [-0.1, Float::NAN, "1", nil].each do |value|
        expect { config.public_send(:"#{name}=", value) }
          .to raise_error(PresenceRs::ConfigurationError, "#{name} is a number of seconds of 0 or more; got #{value.inspect}")
      end
    end
  end

  %i[max_meta_bytes max_topics list_limit].each do |name|
    it "refuses a #{name} that is no positive Integer" do
      [0, -1, 1.5, "1", nil].each do |value|
        expect { config.public_send(:"#{name}=", value) }
          .to raise_error(PresenceRs::ConfigurationError, "#{name} is an Integer of 1 or more; got #{value.inspect}")
      end
    end
  end

  it "refuses a heartbeat that is not below the ttl, whichever is set first" do
    config.heartbeat = 45
    expect { config.check }.to raise_error(PresenceRs::ConfigurationError, /heartbeat must be below the ttl \(45\)/)
    config.ttl = 60
    expect(config.check).to be(config)
  end

  it "refuses a ttl above max_ttl" do
    config.ttl = 90_000
    expect { config.check }.to raise_error(PresenceRs::ConfigurationError, /ttl must be at most max_ttl/)
  end

  it "refuses a store that is none" do
    [:postgres, "memory", nil, 7, [:memory_]].each do |store|
      config.store = store
      expect { config.check }.to raise_error(PresenceRs::ConfigurationError, /store is one of :memory/)
    end
  end

  it "refuses paths, origins, callbacks and answers that are none" do
    { path: "presence", allowed_origins: [7], identify: 7, on_unavailable: :maybe, default_topic: "" }.each do |name, value|
      expect { config.public_send(:"#{name}=", value) }.to raise_error(PresenceRs::ConfigurationError, /#{name}/)
    end
  end

  it "refuses settings that are none, and names those there are" do
    expect { described_class.new(tll: 3) }.to raise_error(PresenceRs::ConfigurationError, /tll is no setting; there are ttl, /)
    expect { PresenceRs::Registry.new(ttl: 0) }.to raise_error(PresenceRs::ConfigurationError)
    expect { PresenceRs::Registry.new(clock: Time) }.to raise_error(PresenceRs::ConfigurationError, /clock is a PresenceRs::ManualClock/)
  end

  it "takes blocks and callables" do
    config.identify { |request| request }
    config.authorize = ->(*) { true }
    expect([config.identify.call(1), config.authorize.call]).to eq([1, true])
  end

  describe "PresenceRs.configure" do
    around do |example|
      before = PresenceRs.configuration.dup
      example.run
      PresenceRs.configuration.adopt(before)
    end

    it "changes nothing when the block makes a mistake" do
      expect { PresenceRs.configure { |it| (it.ttl = 3) && it.heartbeat = 4 } }.to raise_error(PresenceRs::ConfigurationError)
      expect(PresenceRs.configuration.ttl).to eq(45)
    end

    it "is read when the registry is built, and says so when it comes late" do
      PresenceRs.configure { |it| it.ttl = 30 }
      expect(PresenceRs.registry.config.ttl).to eq(30)
      expect { PresenceRs.configure { |it| it.ttl = 60 } }.to output(/ttl.* set after the registry was built/).to_stderr
      expect(PresenceRs.registry.config.ttl).to eq(30)
      PresenceRs.reset!
      expect(PresenceRs.registry.config.ttl).to eq(60)
    end
  end
end
