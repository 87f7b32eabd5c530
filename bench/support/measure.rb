# frozen_string_literal: true

module Bench
  # Times in nanoseconds, as medians of rounds in which all contenders take turns: what disturbs the machine disturbs
  # each of them. What happens in this process alone is measured in the processor time of the calling thread, so that it
  # does not matter what else runs, a ticker included; where a server does the work, by the clock on the wall.
  module Measure
    module_function

    def now = Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID, :nanosecond)
    def wall = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)

    # @return [Float] ns of the processor for each of `number` turns of the block's loop
    def per(number)
      start = now
      yield
      (now - start).fdiv(number)
    end

    # @return [Float] ns that pass for each of `number` turns of the block's loop
    def wall_per(number)
      start = wall
      yield
      (wall - start).fdiv(number)
    end

    def median(list)
      sorted = list.sort
      middle = sorted.size / 2
      sorted.size.odd? ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0
    end

    # @param contenders [Hash{Symbol => #call}] each runs once and answers ns
    # @return [Hash{Symbol => Float}] medians
    def rounds(number, contenders)
      seen = contenders.transform_values { [] }
      contenders.each_value(&:call) # warm up
      number.times do |round|
        # Not always in the same order, so that nobody always comes after the same one.
        contenders.to_a.rotate(round).each do |name, contender|
          GC.start
          seen[name] << contender.call
        end
      end
      seen.transform_values { |list| median(list) }
    end

    # Runs Ruby code in a process of its own, for what depends on what is in memory. @return [Hash] what it prints as JSON
    def apart(code)
      library = File.expand_path("../../lib", __dir__)
      requires = "require 'presence_rs'; require 'json'; require '#{__dir__}/measure'; require '#{__dir__}/memory'; " \
                 "require '#{File.expand_path("../registry/rivals/plain", __dir__)}'\n"
      output = IO.popen([RbConfig.ruby, "-I", library, "-e", requires + code], &:read)
      raise "a process of the benchmark failed: #{code}" unless $CHILD_STATUS.success?

      JSON.parse(output, symbolize_names: true)
    end
  end
end
