# frozen_string_literal: true

require "etc"
require "json"
require "fileutils"

module Bench
  # Shows and keeps what was measured.
  module Report
    module_function

    def machine
      info = File.exist?("/proc/cpuinfo") ? File.read("/proc/cpuinfo")[/^model name\s*:\s*(.*)/, 1] : nil
      { ruby: RUBY_DESCRIPTION, cpu: info || RbConfig::CONFIG["host_cpu"], cpus: Etc.nprocessors,
        memory_gb: (File.read("/proc/meminfo")[/MemTotal:\s+(\d+)/, 1].to_i / 1e6).round, load: }
    rescue Errno::ENOENT
      { ruby: RUBY_DESCRIPTION, cpu: RbConfig::CONFIG["host_cpu"], cpus: Etc.nprocessors }
    end

    # @return [Array<String>, nil] of the last minute, five and fifteen
    def load = File.exist?("/proc/loadavg") ? File.read("/proc/loadavg").split.first(3) : nil

    # @param machine [Hash] as it was before
    # @return [String] what else it had to do
    def loads(machine)
      "Load of the last 1, 5 and 15 minutes: #{machine[:load]&.join(", ")} before, #{load&.join(", ")} after"
    end

    def rows(rows)
      table(["", "what", "measured", "promised", ""],
            rows.map { |row| [row.status.to_s, row.name, row.shown, row.promised, (row.left_out || row.detail).to_s] })
    end

    # @return [Array<String>] a line for each promise that is not kept, or of which it is not known
    def short(rows)
      rows.reject(&:good?).map { |row| "  #{row.name}: #{row.left_out ? "left out (#{row.left_out})" : row.shown}, #{row.promised} promised" }
    end

    def comparison(list)
      table(["way", "touch", "online?", "join", "leave", "lost by threads", "lost by processes"], list.map do |it|
        next [it[:key].to_s, "left out: #{it[:left_out]}", *[""] * 5] if it[:left_out]

        [it[:name], *Comparison::CALLS.map { |call| time(it[call]) }, it[:lost_threads].to_s, it[:lost_processes]&.to_s || "each its own"]
      end)
    end

    def time(nanoseconds)
      case nanoseconds
      when nil then ""
      when ...1_000 then "#{nanoseconds.round} ns"
      when ...1_000_000 then "#{Rows.number(nanoseconds / 1e3)} µs"
      else "#{Rows.number(nanoseconds / 1e6)} ms"
      end
    end

    # Markdown, so that it can be taken over as it is.
    def table(head, body)
      widths = [head, *body].transpose.map { |column| column.map(&:length).max }
      line = ->(cells) { "| #{cells.zip(widths).map { |cell, width| cell.ljust(width) }.join(" | ")} |" }
      [line[head], "|#{widths.map { |width| "-" * (width + 2) }.join("|")}|", *body.map(&line)].join("\n")
    end

    def keep(path, result)
      FileUtils.mkdir_p(File.dirname(path))
      File.write(path, "#{JSON.pretty_generate(result)}\n")
    end
  end
end
