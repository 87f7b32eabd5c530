# frozen_string_literal: true

module PresenceRs
  module Http
    # Whether a write comes from a page of somebody else's site. Cookies travel with
    # such requests, so identity alone proves nothing; browsers say where a request
    # comes from in `Origin` and `Sec-Fetch-Site`, which a page cannot forge.
    class Origin
      PATTERN = %r{\A
        (?<scheme>[a-z][a-z\d+.-]*)://
        (?<host>\[[\h:.]+\] | [!-~&&[^,/:?\#@\[\]]]+)
        (?::(?<port>\d{1,5}))?/?
      \z}ix
      PORTS = { "http" => 80, "https" => 443 }.freeze

      # @param url [String] scheme, host and perhaps a port
      # @return [Array(String, String, Integer), nil] comparable; nil where it is no origin
      def self.parse(url)
        match = PATTERN.match(url.b) or return
        scheme = match[:scheme].downcase
        [scheme, match[:host].downcase, match[:port] ? match[:port].to_i : PORTS[scheme]]
      end

      # @param header [String] whatever a client sent
      # @return [String] short, in UTF-8
      def self.shown(header)
        header.byteslice(0, 200).force_encoding(Encoding::UTF_8).scrub
      end

      # @param visitor [Visitor]
      def initialize(visitor)
        @visitor = visitor
        @origin = visitor.env["HTTP_ORIGIN"]
      end

      # A request with neither header comes from no page of another site.
      #
      # @return [Boolean]
      def foreign?
        return cross_site? if @origin.nil?
        return false if allowed?

        cross_site? || !own?
      end

      # @return [String] where it comes from, for a message
      def to_s
        @origin ? Origin.shown(@origin) : "a page of another site"
      end

      # The address under which the client reached this app. Behind trusted proxies
      # Rails takes it from their forwarded headers; a bare Rack app has no notion of
      # a trusted proxy, so there only what the server itself says counts.
      #
      # @return [String]
      def base_url
        env = @visitor.env
        return @visitor.request.base_url if @visitor.rails?

        scheme = env["HTTPS"] == "on" ? "https" : env["rack.url_scheme"]
        "#{scheme}://#{env["HTTP_HOST"] || "#{env["SERVER_NAME"]}:#{env["SERVER_PORT"]}"}"
      end

      private

      def cross_site?
        @visitor.env["HTTP_SEC_FETCH_SITE"].to_s.casecmp?("cross-site")
      end

      def own?
        same?(base_url)
      end

      def same?(url)
        origin = Origin.parse(@origin)
        !origin.nil? && origin == Origin.parse(url)
      end

      # What the app allows by name is no foreign page, wherever it lives. "null", the
      # origin of sandboxed frames and of local files, belongs to nobody.
      def allowed?
        return false if @origin == "null" || !@origin.ascii_only?

        Array(@visitor.config.allowed_origins).any? do |allowed|
          allowed.is_a?(Regexp) ? allowed.match?(@origin) : same?(allowed.to_s)
        end
      end
    end
  end
end
