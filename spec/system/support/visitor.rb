# frozen_string_literal: true

require "cgi"
require "json"
require "net/http"
require "uri"

# Somebody who uses the demo without a browser: by HTTP, with cookies of their own.
#
#     cleo = Visitor.new(demo).sign_in("Cleo")
#     cleo.join                     # POST /presence/online
#     cleo.snapshot["count"]        # => 3
class Visitor
  SESSION = "by-hand"

  # @param server [Servers::Server]
  # @param cookie [String, nil] one of a browser's, to be the same person
  def initialize(server, cookie = nil)
    @server = server
    @cookie = cookie
  end

  # @return [self]
  def sign_in(name)
    form("/session/new", "/session", "player[name]" => name)
    self
  end

  # As the button does: all sessions of theirs end, everywhere.
  #
  # @return [void]
  def sign_out
    form("/", "/session", "_method" => "delete")
  end

  # @return [Hash] the list as the server has it: epoch, version, count, members
  def snapshot(topic = "online")
    JSON.parse(request(Net::HTTP::Get, "/presence/#{topic}", 200).body)
  end

  # @return [Array<String>] the ids of all who are there
  def ids(topic = "online")
    snapshot(topic)["members"].map { |member| member["id"] }
  end

  # @return [String] the status
  def join(topic = "online", session: SESSION)
    request(Net::HTTP::Post, "/presence/#{topic}", 200, 201, body: { session: session, meta: {} }.to_json).code
  end

  # @return [void]
  def leave(topic = "online", session: SESSION)
    request(Net::HTTP::Post, "/presence/#{topic}/leave", 204, body: { session: session }.to_json)
  end

  # Presses a button of a page's.
  #
  # @return [String] the status
  def post(page, action)
    request(Net::HTTP::Post, action, 202, 403, body: URI.encode_www_form("authenticity_token" => token_of(page))).code
  end

  private

  def token_of(page)
    CGI.unescapeHTML(request(Net::HTTP::Get, page, 200).body[/name="csrf-token" content="([^"]+)"/, 1])
  end

  def form(page, action, fields)
    body = URI.encode_www_form(fields.merge("authenticity_token" => token_of(page)))
    request(Net::HTTP::Post, action, 302, 303, body: body)
  end

  def request(type, path, *statuses, body: nil)
    request = type.new(path, { "Cookie" => @cookie }.compact)
    request.body = body
    request["Content-Type"] = body.start_with?("{") ? "application/json" : "application/x-www-form-urlencoded" if body
    answer = Net::HTTP.start("127.0.0.1", @server.port) { |http| http.request(request) }
    raise "#{type::METHOD} #{path} was answered with #{answer.code}: #{answer.body}" unless statuses.include?(answer.code.to_i)

    @cookie = answer["Set-Cookie"][/\A[^;]+/] if answer["Set-Cookie"]
    answer
  end
end
