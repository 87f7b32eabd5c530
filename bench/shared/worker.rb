# frozen_string_literal: true

module Bench
  module Shared
    # A process of its own that does what it is told: a name and arguments as a line of JSON, and its answer as another.
    class Worker
      # @param subject [#call] makes the object whose methods are called, over there
      def initialize(&subject)
        reader, out = IO.pipe
        input, @writer = IO.pipe
        @pid = fork do
          [reader, @writer].each(&:close)
          serve(subject, input, out)
        end
        [out, input].each(&:close)
        @reader = reader
      end

      # Asks without waiting.
      # @return [self]
      def send(name, *arguments)
        @writer.puts(JSON.generate([name, *arguments]))
        self
      end

      # @return [Object] what the call before has led to
      def answer
        line = @reader.gets or raise "a process of the benchmark has ended: #{Process.wait2(@pid).last}"
        JSON.parse(line, symbolize_names: true).fetch(:is)
      end

      def ask(...) = send(...).answer

      def stop
        # Those that were forked later have its pipe too, so that closing it would not be noticed.
        @writer.puts("null")
        Process.wait(@pid)
        [@writer, @reader].each(&:close)
      end

      private

      def serve(subject, input, out)
        out.sync = true
        it = subject.call
        while (call = JSON.parse(input.gets))
          out.puts(JSON.generate({ is: it.public_send(*call) }))
        end
        it.close if it.respond_to?(:close)
        exit!(0) # the servers are the parent's
      rescue Exception => e # rubocop:disable Lint/RescueException
        warn e.full_message
        exit!(1)
      end
    end
  end
end
