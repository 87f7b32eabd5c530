# frozen_string_literal: true

module Bench
  # What this process holds.
  module Memory
    module_function

    # @return [Integer] bytes of resident memory, after what is free was given back
    def resident
      4.times { GC.start }
      GC.compact if GC.respond_to?(:compact)
      trim
      File.read("/proc/self/statm").split[1].to_i * 4_096
    end

    def trim
      require "fiddle"
      Fiddle::Function.new(Fiddle::Handle::DEFAULT["malloc_trim"], [Fiddle::TYPE_SIZE_T], Fiddle::TYPE_INT).call(0)
    rescue Fiddle::DLError
      nil # not the GNU C library
    end

    # @return [Float] ms of a full GC, the median of 15
    def full_gc
      times = Array.new(15) do
        start = Measure.now
        GC.start
        (Measure.now - start) / 1e6
      end
      Measure.median(times)
    end
  end
end
