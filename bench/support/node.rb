# frozen_string_literal: true

require "json"

module Bench
  # A script of bench/node that plays pages: Ruby would be busy with its own clients. It is asked and answers by lines.
  class Node
    DIRECTORY = File.expand_path("../node", __dir__)

    # What it is made of is installed where it is not, from bench/node/package-lock.json.
    def self.prepare
      abort "bin/bench: node is not installed; it plays the pages" unless system("node", "--version", out: File::NULL, err: File::NULL)
      return if File.directory?("#{DIRECTORY}/node_modules/ws")

      system("npm", "ci", "--no-audit", "--no-fund", "--prefix", DIRECTORY, out: :err) or abort "bin/bench: npm ci --prefix bench/node failed"
    end

    # @param script [String]
    # @param options [Hash] what it is told on its command line
    def initialize(script, options)
      @io = IO.popen(["node", "--max-old-space-size=4096", script, JSON.generate(options)], "r+", chdir: DIRECTORY)
    end

    # @param line [String]
    def tell(line) = @io.puts(line)

    # @return [Hash{Symbol => Object}]
    def answer
      found = JSON.parse(@io.gets || abort("the crowd's process ended: too little memory, or too few files (ulimit -n)?"), symbolize_names: true)
      found[:failed] ? abort("the crowd could not be let in: #{found[:failed]}") : found
    end

    # @param line [String] what ends it
    def end_with(line)
      @io.puts(line)
      @io.close
    rescue Errno::EPIPE
      nil # it has ended
    end
  end
end
