# frozen_string_literal: true

require "uri"

module PresenceRs
  module Http
    # Where under `config.path` a request points. The path is split at its slashes
    # first and percent-decoded after, so that a topic may hold a slash (`a%2Fb`) and
    # one named "x/leave" (`x%2Fleave`) is not the leave of "x".
    class Path
      # The only thing that can follow a topic.
      LEAVE = "leave"

      # @param base [String] `config.path`
      # @param path_info [String, nil] the request's path below SCRIPT_NAME, still encoded
      # @return [Path, nil] nil for a request that is the app's own
      def self.under(base, path_info)
        # Bytes, since a server's BINARY path and a UTF-8 one of the
        # configuration do not compare once both hold more than ASCII.
        path = path_info.to_s.b
        base = base.b.chomp("/")
        return unless path == base || path.start_with?("#{base}/")

        new(path.byteslice(base.bytesize..).delete_prefix("/").chomp("/").split("/", -1))
      end

      # @param segments [Array<String>] the path's parts below the base, still encoded
      def initialize(segments)
        @segments = segments
      end

      # @return [Boolean] whether there is a topic, and nothing after it but a leave
      def topic?
        case @segments
        in [String => topic] then !topic.empty?
        in [String => topic, String] then !topic.empty? && leave?
        else false
        end
      end

      # @return [Boolean]
      def leave?
        @segments.size == 2 && @segments.last == LEAVE
      end

      # @return [String] the topic's name, valid and in UTF-8
      # @raise [InvalidName] for bad percent-escapes, and whatever {Names.topic} refuses
      def topic
        Names.topic(decode(@segments.first))
      end

      private

      # A plus is no space in a path.
      def decode(segment)
        URI.decode_uri_component(segment)
      rescue ArgumentError
        raise InvalidName, "topic in the path has bad percent-escapes: #{segment[0, 60].inspect}; " \
                           "write a literal % as %25 (JavaScript: encodeURIComponent)"
      end
    end
  end
end
