# frozen_string_literal: true

module Bench
  module Shared
    # What was measured, for people, in Markdown.
    module Table
      module_function

      # @return [String] what calls cost, the promised and the others
      def calls(calls)
        Report.table(["processes", "call", *Calls::WAYS.values, "all together, in a second"], calls.flat_map do |it|
          %i[online? join].map do |name|
            ways = it[name].values_at(*Calls::WAYS.keys)
            [it[:processes].to_s, name.to_s, *ways.map { |way| way ? Report.time(way[:ns]) : "left out" },
             ways.compact.map { |way| Rows.number(way[:rate]) }.join(" / ")]
          end
        end)
      end

      # @return [String] the same in short, with touches, from one process and from all
      def summary(calls)
        few, many = calls.values_at(0, -1)
        rows = { touch: [:memory, "the memory store"], online?: [:script, "a Lua script of Redis"], join: [:redis, "the redis store"] }
        Report.table(["", "from one process", "from #{many[:processes]} at once"], rows.map do |call, (rival, name)|
          ["`#{call}`", *[few, many].map { |found| against(found[call], rival, name) }]
        end)
      end

      def against(ways, rival, name)
        ours, theirs = ways.values_at(:shared, rival).map { |way| way.is_a?(Hash) ? way[:ns] : way }
        return "#{Report.time(ours)}; #{name}: left out" unless theirs

        "#{Report.time(ours)}; #{name}: #{Report.time(theirs)}, #{Rows.number(theirs.fdiv(ours))} times that"
      end

      # @return [String] what touches cost, in processor time
      def touches(calls)
        Report.table(["", "touch, shared store", "touch, memory store"], calls.map do |it|
          [it[:processes] == 1 ? "1 process" : "#{it[:processes]} at once", *it[:touch].values_at(:shared, :memory).map { |ns| Report.time(ns) }]
        end)
      end

      def delay(delay, looking)
        words = { subscribe: "to a subscribe block of another process", socket: "to the client of a socket of another process" }
        other = "to one that looks every #{looking[:every]} ms instead, for #{looking[:idle]} % of a core"
        rows = [*delay.map { |name, it| [words[name], it] }, [other, looking[:delay]]]
        Report.table(["from a join", "joins", "median", "99 %", "most"], rows.map do |name, it|
          [name, it[:joins].to_s, *it.values_at(:median, :"99 %", :most).map { |ms| "#{ms} ms" }]
        end)
      end

      def space(space)
        bytes, boot = space.values_at(:bytes, :boot)
        Report.table(["with #{Space::SESSIONS} sessions", ""],
                     [["files, with their log and what is allocated ahead", "#{bytes[:files]} bytes a session"],
                      ["memory of the process that they joined in", "#{bytes[:own]} bytes a session"],
                      ["the same once it has heard all of them", "#{bytes[:own_with_heartbeats]} bytes a session"],
                      ["a process boots beside others", "#{boot[:beside_others]} ms"],
                      ["the first one after all have ended, which checks the file", "#{boot[:alone]} ms"],
                      ["the whole list as JSON", "#{boot[:list]} ms"],
                      ["a store of #{Space::SIZE / (1024 * 1024)} MB is full with", "#{Rows.number(space[:full])} sessions"],
                      ["#{space[:idle].size} processes that do nothing", "#{space[:idle].join(", ")} % of a core"]])
      end
    end
  end
end
