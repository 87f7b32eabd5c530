# frozen_string_literal: true

require "zlib"

module PresenceRs
  module Stores
    class Redis
      # Where a topic is kept. Each belongs to one of a fixed number of buckets, and all keys of a bucket share a hash
      # tag, so that a script touches one slot of a cluster. The format's version and the number of buckets are
      # part of the tag: processes that disagree about either do not see each other, and do no harm.
      # @api private
      class Keys
        # Of the layout of the keys; another layout gets another number.
        VERSION = 1
        # Buckets on a cluster. A single server needs one: a script there is never parallel to another.
        CLUSTERED = 32

        # @return [Integer]
        attr_reader :size

        # @param prefix [String]
        # @param size [Integer]
        # @param clustered [Boolean] whether the server is one of a cluster
        def initialize(prefix, size, clustered: false)
          @size = size
          @clustered = clustered
          # Braces in a prefix would be a hash tag of their own, and the others are what patterns are made of.
          plain = prefix.gsub(/[{}%*?\[\]\\^]/) { |char| format("%%%02x", char.ord) }
          @tags = Array.new(size) { |bucket| "{#{plain}:v#{VERSION}:#{bucket}/#{size}}".freeze }.freeze
          @declared = []
          @everything = "{#{plain}:v#{VERSION}:*".freeze
        end

        # @return [Boolean] whether the server is one of a cluster
        def clustered? = @clustered

        # @return [Integer]
        def bucket(topic) = size == 1 ? 0 : Zlib.crc32(topic) % size

        # @return [String] what all keys of the bucket begin with
        def tag(bucket) = @tags.fetch(bucket)

        # The keys that a script is told to be about. On a cluster one of them never exists: while a slot moves, a node
        # has scripts tried again later that are about keys of which it has only some, before they have done anything.
        # @return [Array<String>]
        def declared(bucket)
          @declared[bucket] ||= (@clustered ? %w[c -] : %w[c]).map { |name| "#{tag(bucket)}:#{name}".freeze }.freeze
        end

        # @return [String] the channel of a topic's diffs
        def feed(topic) = "#{tag(bucket(topic))}:f:#{topic}"

        # The pattern of all channels. A server's access list lets a user subscribe to a pattern only where it names
        # the very same, so there is one, and it is that of the channels and keys that such a user is given.
        # @return [String]
        attr_reader :everything

        # @return [Boolean] whether this is the channel of a topic
        def feed?(channel) = channel.match?(/\A\{[^}]*\}:f:/)

        # @return [Array<String>] the channels on which the buckets tell what concerns every process
        def controls = @controls ||= @tags.map { |tag| "#{tag}:!" }
      end
    end
  end
end
