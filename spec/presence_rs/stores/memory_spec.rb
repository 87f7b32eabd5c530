# frozen_string_literal: true

RSpec.describe PresenceRs::Stores::Memory do
  it_behaves_like "a store" do
    let(:store) { :memory }
  end

  it "takes no options" do
    expect { PresenceRs::Registry.new(store: [:memory, { path: "/tmp" }]) }
      .to raise_error(PresenceRs::ConfigurationError, "the memory store takes no options; got path")
  end
end
