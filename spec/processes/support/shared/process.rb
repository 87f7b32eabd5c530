# frozen_string_literal: true

# A process of an application with the shared store, as {SharedWorker} drives it: it takes calls as lines of JSON, answers
# each with one, keeps sessions alive as sockets do, and writes down what its handlers and its subscription are told, and when.

require "json"
require "presence_rs"

module SharedSpec
  # What such a process does.
  class Process
    def initialize(path:, log:, beat: 0.2, size: nil, **settings)
      @log = log
      @errors = []
      @kept = {}
      @lock = Mutex.new
      PresenceRs.configure { |config| config.on_error = ->(error, _context) { @errors << "#{error.class}: #{error.message}" } }
      @registry = PresenceRs::Registry.new(store: [:shared, { path:, size: }.compact], **settings)
      @registry.subscribe { |diff| note(kind: "diff", reset: diff.reset?, diff: JSON.parse(diff.to_json)) }
      @registry.on { |event| note(kind: "event", **event.to_h.slice(:type, :topic, :id, :reason, :version)) }
      Thread.new { keep_alive(beat) }
    end

    def serve(input, output)
      output.sync = true
      output.puts(JSON.generate(ready: ::Process.pid))
      while (line = input.gets)
        output.puts(JSON.generate(answer(*JSON.parse(line))))
      end
      @registry.close
    end

    private

    # A forked child writes to a file of its own: where it ends in the middle of a line, the kernel may cut the line off,
    # and the parent's next one would follow on it.
    def note(entry)
      @opened = [::Process.pid, File.open("#{@log}.#{::Process.pid}", "a").tap { |file| file.sync = true }] unless @opened&.first == ::Process.pid
      @opened.last.puts(JSON.generate(entry.merge(at: now)))
    end

    def now = ::Process.clock_gettime(::Process::CLOCK_MONOTONIC)

    def answer(name, *arguments)
      started = now
      { is: public_send_to(name, arguments), took: now - started }
    rescue PresenceRs::Error => e
      { raised: e.class.name, message: e.message, took: now - started }
    end

    def public_send_to(name, arguments)
      case name
      when "keep" then keep(*arguments)
      when "drop" then drop(*arguments)
      when "errors" then @errors.dup.tap { @errors.clear }
      when "call" then call(*arguments)
      when "registry" then @registry.public_send(*arguments)
      when "store" then @registry.store.public_send(*arguments)
      when "forks" then forks(*arguments)
      when "burst" then burst(*arguments)
      else raise ArgumentError, name
      end
    end

    def call(topic, method, *arguments)
      keywords = arguments.last.is_a?(Hash) ? arguments.pop.transform_keys(&:to_sym) : {}
      @registry[topic].public_send(method, *arguments, **keywords)
    end

    def keep(topic, id, session, meta = {})
      @lock.synchronize { @kept[[topic, id, session]] = meta }
      @registry[topic].join(id, session:, meta:)
    rescue PresenceRs::StoreUnavailable
      nil # its heartbeats bring it
    end

    def drop(topic, id, session)
      @lock.synchronize { @kept.delete([topic, id, session]) }
      @registry[topic].leave(id, session:)
    end

    # As a socket does it: a heartbeat keeps a session alive, or brings it back.
    def keep_alive(beat)
      loop do
        sleep beat
        @lock.synchronize { @kept.to_a }.each do |(topic, id, session), meta|
          @registry[topic].touch(id, session:) || @registry[topic].join(id, session:, meta:)
        rescue PresenceRs::StoreUnavailable
          nil # the next one tries again
        end
        note(kind: "beat")
      end
    end

    # Joins and leaves of passers-by, as fast as they go, while the heartbeats go on.
    def burst(topic, name, seconds)
      count = 0
      finish = now + seconds
      while now < finish
        count += 1
        patiently do
          @registry[topic].join("#{name}-#{count % 7}", session: "s", meta: { n: count })
          @registry[topic].leave("#{name}-#{count % 7}", session: "s")
        end
      end
      count
    end

    # On a busy machine half a second may pass until those who write before are done.
    def patiently
      deadline = now + 60
      begin
        yield
      rescue PresenceRs::StoreUnavailable
        raise if now > deadline

        retry
      end
    end

    # Forks, while this process goes on; each child uses the store. Answers how each ended.
    def forks(number)
      writers = Array.new(2) { |n| Thread.new { loop { burst("busy", "t#{n}", 1) } } }
      pids = Array.new(number) do |n|
        fork do
          room = @registry["forks"]
          steps = %i[join online? leave].map { |step| patiently { room.public_send(step, "child-#{n}") } }
          exit!(steps.all? ? 0 : 1)
        rescue Exception => e # rubocop:disable Lint/RescueException
          warn e.full_message
          exit!(2)
        end
      end
      pids.map { |pid| ::Process.wait2(pid).last.exitstatus }.tally.tap { writers.each(&:kill) }
    end
  end
end
