# frozen_string_literal: true

require "tmpdir"

RSpec.describe PresenceRs::Stores::Shared do
  let(:path) { File.join(@directory, "presence") }

  around { |example| Dir.mktmpdir { |directory| (@directory = directory) && example.run } }

  it_behaves_like "a store" do
    let(:store) { [:shared, { path: }] }
  end
end
