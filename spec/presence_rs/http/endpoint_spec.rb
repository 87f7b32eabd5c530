# frozen_string_literal: true

require_relative "support"

RSpec.describe PresenceRs::Http::Endpoint do
  include HttpSupport

  let(:room) { registry["room"] }

  def post(body = {}, user: "ada", path: "/presence/room", **headers)
    request("POST", path, body, user: user, **headers)
  end

  describe "GET /presence/:topic" do
    it "answers the snapshot" do
      room.join("ada", session: "s", meta: { name: "Ada" })
      registry.tick
      response = request("GET", "/presence/room")
      expect(response.status).to eq(200)
      expect(json(response)).to include("type" => "presence_state", "topic" => "room", "count" => 1, "version" => 1)
      expect(json(response)["members"]).to match([include("id" => "ada", "metas" => [{ "name" => "Ada" }])])
    end

    it "answers an empty topic as one without members" do
      expect(json(request("GET", "/presence/nobody")))
        .to include("epoch" => "", "version" => 0, "count" => 0, "members" => [])
    end

    it "answers a large topic with a count and a sample" do
      registry_with(list_limit: 2)
      3.times { |n| room.join("user#{n}") }
      registry.tick
      expect(json(request("GET", "/presence/room"))).to include("sample" => true, "count" => 3)
    end

    it "escapes metas for pages" do
      room.join("ada", meta: { name: "</script>&\u2028" })
      registry.tick
      expect(request("GET", "/presence/room").body).to include('\u003c/script\u003e\u0026\u2028')
    end

    it "makes nobody present, whoever asks" do
      request("GET", "/presence/room", user: "ada")
      registry.tick
      expect([registry.topics, registry["online"].count]).to eq([[], 0])
    end

    it "answers a HEAD with the same headers and no body" do
      middleware = PresenceRs::Middleware.new(inner, registry: registry)
      get, head = %w[GET HEAD].map { |verb| middleware.call(env_for(verb, "/presence/room")) }
      expect(head).to eq([200, get[1], []])
    end
  end

  describe "GET /presence/:topic?after=&limit=" do
    def page(query, **headers)
      request("GET", "/presence/room", "QUERY_STRING" => query, **headers)
    end

    before do
      ["a&b", "ada", "é"].each { |id| room.join(id) }
      registry.tick
    end

    it "answers a part of the list, and where the next one goes on" do
      first = json(page("limit=2"))
      expect(first).to include("type" => "presence_page", "topic" => "room", "count" => 3, "version" => 1, "after" => nil,
                               "limit" => 2, "next" => "ada")
      expect(first["members"].map { |member| member["id"] }).to eq(["a&b", "ada"])
      expect(json(page("after=ada&limit=2"))).to include("members" => [include("id" => "é")], "next" => nil)
    end

    it "takes what is percent-encoded, in any order, beside other parameters" do
      expect(json(page("limit=1&x=1&after=a%26b"))).to include("after" => "a&b", "next" => "ada")
      expect(json(page("after=%C3%A9"))).to include("after" => "é", "limit" => 100, "members" => [])
      expect(json(page("after="))).to include("after" => nil, "members" => have_attributes(size: 3))
      expect(json(page("before=ada"))).to include("type" => "presence_state")
    end

    it "refuses what is no page, with 422" do
      ["limit=0", "limit=-1", "limit=1001", "limit=ten", "limit=", "limit=#{"9" * 40}", "after=#{"x" * 256}",
       "after=%FF", "after=%zz"].each do |query|
        response = page(query)
        expect([response.status, json(response)["error"]["code"]]).to eq([422, "invalid_page"]), query
      end
    end

    it "asks who may read, as for the whole list" do
      registry_with(authorize: ->(_request, _topic, action) { action != :read })
      expect(page("limit=1").status).to eq(403)
    end
  end

  describe "POST /presence/:topic" do
    it "answers 201 when it brought the member online, 200 when it kept it there" do
      expect([post, post, post({ session: "other" })].map(&:status)).to eq([201, 200, 200])
      expect(room.member("ada").sessions).to eq(2)
    end

    it "answers where the topic is, and how often to come back" do
      post
      registry.tick
      answer = json(post)
      expect(answer).to match("epoch" => room.snapshot.epoch, "version" => 1, "count" => 1,
                              "ttl" => be_a(Float).and(eq(30)), "heartbeat" => be_a(Float).and(eq(10)))
    end

    it "shows the meta, and replaces it" do
      post({ session: "s", meta: { page: 1 } })
      post({ session: "s", meta: { page: 2 } })
      expect(room.member("ada").metas).to eq([{ "page" => 2 }])
    end

    it "keeps a live session's own meta where none is sent" do
      post({ session: "s", meta: { page: 1 } })
      post({ session: "s" })
      expect(room.member("ada").metas).to eq([{ "page" => 1 }])
    end

    it "keeps the session alive" do
      post
      clock.advance(20)
      post
      clock.advance(20)
      expect(room.online?("ada")).to be(true)
    end

    it "revives a session that expired, as an upsert does" do
      post
      clock.advance(31)
      registry.tick
      expect(post.status).to eq(201)
    end

    it "joins as who is identified, whatever the body says" do
      post({ session: "s", member: "grace", id: "grace", user: "grace" })
      expect(room.ids).to eq(["ada"])
    end

    it "takes its session for the default one where none is sent" do
      post("")
      expect(room.leave("ada", session: "default")).to be(true)
    end

    %w[text/plain application/x-www-form-urlencoded multipart/form-data;boundary=x image/png].each do |type|
      it "reads JSON of the type #{type}" do
        expect(post({ session: "s" }, CONTENT_TYPE: type).status).to eq(201)
        expect(room.touch("ada", session: "s")).to be(true)
      end
    end

    it "reads the body of a form that Rack::MethodOverride has looked into" do
      form = { CONTENT_TYPE: "application/x-www-form-urlencoded" }
      expect(post({ session: "s" }, app: Rack::MethodOverride.new(app), **form).status).to eq(201)
      expect(room.touch("ada", session: "s")).to be(true)
    end

    it "joins a topic whose name only ends in /leave" do
      expect(post(path: "/presence/x%2Fleave").status).to eq(201)
      expect(registry.topics).to eq(["x/leave"])
    end
  end

  describe 'POST with "touch": true' do
    it "keeps alive a live session" do
      post
      clock.advance(20)
      expect(post({ touch: true }).status).to eq(200)
      clock.advance(20)
      expect(room.online?("ada")).to be(true)
    end

    it "answers 410 to a session that was never there, has left, or has expired" do
      expect(error_of(post({ touch: true }))).to eq([410, "gone"])
      post
      request("DELETE", "/presence/room", user: "ada")
      expect(error_of(post({ touch: true }))).to eq([410, "gone"])
      post
      clock.advance(31)
      expect(error_of(post({ touch: true }))).to eq([410, "gone"])
      registry.tick
      expect(room.count).to eq(0)
    end

    it "replaces the meta of a live session, and of no other" do
      post({ meta: { page: 1 } })
      expect(post({ touch: true, meta: { page: 2 } }).status).to eq(200)
      expect(room.member("ada").metas).to eq([{ "page" => 2 }])
      room.leave("ada", session: "default")
      expect(post({ touch: true, meta: { page: 3 } }).status).to eq(410)
    end

    it "joins for any other value" do
      expect(post({ touch: "true" }).status).to eq(201)
    end
  end

  describe "DELETE /presence/:topic and POST /presence/:topic/leave" do
    [%w[DELETE /presence/room], %w[POST /presence/room/leave], %w[POST /presence/room/leave/]].each do |verb, path|
      it "#{verb} #{path} leaves, lingering" do
        room.join("ada", session: "s")
        response = app.call(env_for(verb, path, { session: "s" }, user: "ada"))
        expect(response.first(2)).to eq([204, { "cache-control" => "no-store" }])
        expect([room.online?("ada"), room.member("ada").sessions]).to eq([true, 0])
        clock.advance(registry.config.linger)
        expect(room.online?("ada")).to be(false)
      end
    end

    it "answers 204 for an unknown session too, and twice" do
      statuses = Array.new(2) { request("DELETE", "/presence/room", { session: "x" }, user: "ada").status }
      expect(statuses).to eq([204, 204])
    end

    it "leaves the sessions of others, and others' sessions of that name, alone" do
      room.join("ada", session: "a")
      room.join("grace", session: "s")
      request("DELETE", "/presence/room", { session: "s" }, user: "ada")
      expect([room.member("ada").sessions, room.member("grace").sessions]).to eq([1, 1])
    end

    it "takes a beacon: a POST of text/plain" do
      room.join("ada", session: "s")
      beacon = post('{"session":"s"}', path: "/presence/room/leave", CONTENT_TYPE: "text/plain;charset=UTF-8")
      expect(beacon.status).to eq(204)
      expect(room.touch("ada", session: "s")).to be(false)
    end
  end

  describe "a sign-out" do
    it "is final: late heartbeats that only touch answer 410" do
      post({ session: "s" })
      room.leave_all("ada")
      expect(post({ session: "s", touch: true }).status).to eq(410)
      registry.tick
      expect(room.online?("ada")).to be(false)
    end
  end

  describe "what it refuses" do
    it "404 where the path has no topic, whatever the method" do
      %w[/presence /presence/ /presence// /presence//leave /presence/a/b /presence/a/leave/b].each do |path|
        errors = %w[GET POST PATCH].map { |verb| error_of(request(verb, path, user: "ada")) }
        expect(errors).to all(eq([404, "not_found"]))
      end
    end

    { "/presence/room" => [%w[PUT PATCH OPTIONS TRACE QUERY], "GET, HEAD, POST, DELETE"],
      "/presence/room/leave" => [%w[GET DELETE PUT OPTIONS], "POST"] }.each do |path, (verbs, allow)|
      verbs.each do |verb|
        it "405 for #{verb} #{path}, and allows #{allow}" do
          response = request(verb, path, user: "ada")
          expect(error_of(response)).to eq([405, "method_not_allowed"])
          expect(response.headers["allow"]).to eq(allow)
        end
      end
    end

    it "422 invalid_name for a topic that is too long, no UTF-8 or badly escaped" do
      ["x" * 256, "%FF", "\xFF", "%zz", "%zz/leave"].each do |topic|
        expect(error_of(post(path: "/presence/#{topic}"))).to eq([422, "invalid_name"])
      end
    end

    it "422 invalid_name for a session that is empty, too long or no String" do
      ["", "s" * 256, 5, nil, ["s"]].each do |session|
        expect(error_of(post({ session: session }))).to eq([422, "invalid_name"])
      end
    end

    it "422 invalid_name for a member that is too long, and reports it" do
      record_reports
      expect(error_of(post(user: "u" * 256))).to eq([422, "invalid_name"])
      expect(reported).to match([be_a(PresenceRs::InvalidName)])
    end

    it "422 invalid_meta for a meta that is no object, too large or nested too deep" do
      deep = %({"meta":{"a":#{"[" * 500}#{"]" * 500}}})
      metas = [[], nil, "x", { a: "x" * 5_000 }].map { |meta| { meta: meta } }
      [*metas, deep, '{"meta":{"a":1e400}}'].each do |body|
        expect(error_of(post(body))).to eq([422, "invalid_meta"])
      end
    end

    it "400 for a body that is no JSON object" do
      ["session=s", "[]", "null", "{", '{"meta":{"a":NaN}}', '{"a":1,"a":2}', "\xFF"].each do |body|
        expect(error_of(post(body.b))).to eq([400, "invalid_json"])
      end
    end

    it "413 for a body of 3 MB, with a length and without one" do
      body = JSON.generate(session: "s", meta: { a: "x" * 3_000_000 })
      expect(error_of(post(body))).to eq([413, "too_large"])
      chunked = env_for("POST", "/presence/room", body, user: "ada", HTTP_TRANSFER_ENCODING: "chunked")
      expect(app.call(chunked.except("CONTENT_LENGTH")).first).to eq(413)
    end

    it "429 for the session beyond the limit, with the limit's name" do
      registry_with(max_sessions_per_member: 2)
      2.times { |n| post({ session: "s#{n}" }) }
      response = post({ session: "s2" })
      expect(error_of(response)).to eq([429, "limit_exceeded"])
      expect(json(response)["error"]["message"]).to match(/max_sessions_per_member.*2/)
    end

    it "429 for the member beyond the limit, who harms nobody else" do
      registry_with(max_members_per_topic: 1)
      expect([post(user: "ada"), post(user: "grace"), post(user: "ada")].map(&:status)).to eq([201, 429, 200])
    end

    it "accepts a NUL and __proto__ as names" do
      body = { session: "a\u0000b", meta: { "__proto__" => 1 } }
      expect(post(body, path: "/presence/__proto__", user: "__proto__").status).to eq(201)
      expect(registry["__proto__"].member("__proto__").metas).to eq([{ "__proto__" => 1 }])
    end

    it "leaves nothing behind of what it refused" do
      [{ session: "" }, { meta: [] }, "{"].each { |body| post(body) }
      registry.tick
      expect(registry.topics).to eq([])
    end

    it "answers in JSON that nobody stores, with a message, whatever is wrong" do
      refused = [request("GET", "/presence"), request("PUT", "/presence/room"), post(user: nil), post("{"),
                 post({ touch: true }), post({ meta: 1 })]
      expect(refused.map(&:status)).to eq([404, 405, 401, 400, 410, 422])
      refused.each do |response|
        expect(response.headers).to include("content-type" => "application/json", "cache-control" => "no-store")
        expect(json(response)["error"]["message"]).to match(/\w+ \w+/)
      end
    end

    it "answers a HEAD without a body when it refuses" do
      head = request("HEAD", "/presence")
      expect([head.status, head.body]).to eq([404, ""])
    end

    it "escapes what it quotes" do
      expect(post(path: "/presence/%3Cscript%3E%zz").body).not_to include("<")
    end
  end

  describe "a store that fails under a request" do
    def failing_with(error)
      topic = registry["room"]
      allow(registry).to receive(:[]).and_return(topic)
      %i[join touch leave state].each { |name| allow(topic).to receive(name).and_raise(error) }
      record_reports
    end

    [PresenceRs::StoreUnavailable.new("10.0.0.7"), IOError.new("secret"), RuntimeError.new("secret")].each do |error|
      it "is 503 with retry-after, reported and not told in detail: #{error.class}" do
        failing_with(error)
        responses = %w[POST DELETE GET].map { |verb| request(verb, "/presence/room", user: "ada") }
        responses << post({ touch: true })
        expect(responses.map { |response| error_of(response) }).to all(eq([503, "store_unavailable"]))
        expect(responses.map { |response| response.headers["retry-after"] }).to all(match(/\A\d+\z/))
        expect(responses.map(&:body).join).not_to match(/secret|10\.0/)
        expect(reported.size).to eq(4)
      end
    end
  end
end
