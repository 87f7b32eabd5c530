# frozen_string_literal: true

# A process of an application with the redis store, as {RedisWorker} drives it: it takes calls as lines of JSON, answers
# each with one, keeps the sessions that it was told to by heartbeats, and writes down what its handlers and its
# subscription are told.

$LOAD_PATH.unshift(File.expand_path("../../../lib", __dir__))
require "json"
require "presence_rs"

settings = JSON.parse(ARGV.fetch(0), symbolize_names: true)
store = settings.delete(:store)
beat = settings.delete(:beat)
log = File.open(settings.delete(:log), "a").tap { |file| file.sync = true }
errors = []

PresenceRs.configure { |config| config.on_error = ->(error, _context) { errors << "#{error.class}: #{error.message}" } }
registry = PresenceRs::Registry.new(store: [:redis, store], **settings)
kept = {}
lock = Mutex.new

registry.subscribe do |diff|
  log.puts(JSON.generate(kind: "diff", at: Process.clock_gettime(Process::CLOCK_MONOTONIC), reset: diff.reset?, diff: JSON.parse(diff.to_json)))
end
registry.on { |event| log.puts(JSON.generate(kind: "event", **event.to_h.slice(:type, :topic, :id, :reason, :version))) }

# As a socket does it: a heartbeat keeps a session alive, or brings it back.
Thread.new do
  loop do
    sleep beat
    lock.synchronize { kept.to_a }.each do |(topic, id, session), meta|
      registry[topic].touch(id, session:) || registry[topic].join(id, session:, meta:)
    rescue PresenceRs::StoreUnavailable
      nil # the next one tries again
    end
  end
end

calls = {
  "keep" => lambda do |topic, id, session, meta = {}|
    lock.synchronize { kept[[topic, id, session]] = meta }
    registry[topic].join(id, session:, meta:)
  rescue PresenceRs::StoreUnavailable
    nil # its heartbeats bring it
  end,
  "drop" => lambda do |topic, id, session, linger = 0|
    lock.synchronize { kept.delete([topic, id, session]) }
    registry[topic].leave(id, session:, linger:)
  end,
  "silence" => ->(*) { lock.synchronize { kept.clear } && nil },
  "errors" => ->(*) { errors.dup.tap { errors.clear } },
  "leave_all" => ->(id) { registry.leave_all(id) },
  "topics" => ->(*) { registry.topics },
  "call" => ->(topic, method, *arguments, **options) { registry[topic].public_send(method, *arguments, **options) }
}

$stdout.sync = true
puts JSON.generate(ready: Process.pid)
while (line = $stdin.gets)
  name, *arguments = JSON.parse(line)
  options = arguments.last.is_a?(Hash) && name == "call" ? arguments.pop.transform_keys(&:to_sym) : {}
  started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  answer = begin
    { is: calls.fetch(name).call(*arguments, **options) }
  rescue PresenceRs::Error => e
    { raised: e.class.name, message: e.message, cause: e.cause&.class&.name }
  end
  puts JSON.generate(answer.merge(took: Process.clock_gettime(Process::CLOCK_MONOTONIC) - started))
end
registry.close
