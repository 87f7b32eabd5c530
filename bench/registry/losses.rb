# frozen_string_literal: true

module Bench
  # 1,000 people join at once, from four threads and from four processes: how many of them are not there then?
  module Losses
    JOINS = 250
    WORKERS = 4

    module_function

    # @return [Hash] lost_threads, lost_processes (nil where each process has its own)
    def of(rival)
      before = rival.count
      threads = Array.new(WORKERS) { |w| Thread.new { JOINS.times { |n| rival.join("t#{w}-#{n}") } } }
      threads.each(&:join)
      lost_threads = before + (WORKERS * JOINS) - rival.count
      { lost_threads:, lost_processes: rival.processes? ? by_processes(rival) : nil }
    end

    def by_processes(rival)
      before = rival.count
      pids = Array.new(WORKERS) do |w|
        fork do
          rival.after_fork if rival.respond_to?(:after_fork)
          JOINS.times { |n| rival.join("p#{w}-#{n}") }
        ensure
          exit!(0) # the servers belong to the parent
        end
      end
      pids.each { |pid| Process.wait(pid) }
      before + (WORKERS * JOINS) - rival.count
    end

    # Rails.cache on memcached: a list of 20,000 people, with the signed address of a picture each, is over its 1 MB even
    # when compressed (as Rails does), and is dropped whole, without an error.
    # @return [Hash] how many were written first and then, and how many are found
    def memcached(servers)
      cache = Rivals::Cache.new(:memcached, servers)
      ids = Array.new(20_000) { SecureRandom.uuid }
      picture = -> { { "picture" => "/rails/active_storage/blobs/redirect/#{SecureRandom.urlsafe_base64(60)}/me.png" } }
      cache.fill(ids.first(1_000), &picture)
      first = cache.count
      cache.fill(ids, &picture)
      { written_first: 1_000, found_first: first, written_then: ids.size, found_then: cache.count }
    rescue LoadError, Servers::LeftOut => e
      { left_out: e.message.lines.first.strip }
    end
  end
end
