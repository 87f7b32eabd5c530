# frozen_string_literal: true

require_relative "support/faults"

# `bundle exec rake model:faults` plants them, which takes minutes; here is seen to it that it still can.
RSpec.describe ModelSpec::Faults do
  described_class::ALL.each do |fault|
    it "can be planted: #{fault.name}" do
      expect(fault.fits?(described_class::ROOT)).to be(true), "#{fault.file} does not have exactly once:\n#{fault.from}"
      expect(fault.to).not_to eq(fault.from)
    end
  end

  it "has five at least, in several files" do
    expect(described_class::ALL.size).to be >= 5
    expect(described_class::ALL.map(&:file).uniq.size).to be >= 2
  end
end
