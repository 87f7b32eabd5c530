# frozen_string_literal: true

require "spec_helper"
require_relative "support"

RSpec.describe PresenceRs::TagHelper do
  include TagsSupport

  def join(*people, topic: "lobby", **meta)
    people.each { |name| registry[topic].join(name.downcase[0, 20], meta: { name: name, **meta }) }
    tick
  end

  def items(list) = list.css("> .presence-members > li")

  def read(kind, text) = PresenceRs::Tags::Ticket.read(kind, text)

  describe "#presence_list_tag" do
    def list(topic = "lobby", view: self.view, **options) = element(view.presence_list_tag(topic, **options))

    it "shows who is there, in the order in which they came, with one item each" do
      join("Bob")
      clock.advance(1)
      join("Ada")
      shown = list(class: "people", id: "who")

      expect([shown.name, shown["class"], shown["id"], shown["topic"]]).to eq(%w[presence-list people who lobby])
      expect(items(shown).map { |item| [item["data-presence-id"], item.text.strip] }).to eq([%w[bob Bob], %w[ada Ada]])
      expect(shown.at_css("> .presence-more")).to have_attributes(text: "").and satisfy { |more| more.key?("hidden") }
      expect(shown.at_css("> .presence-empty")).to(satisfy { |empty| empty.key?("hidden") })
    end

    it "says that nobody is there" do
      shown = list
      expect(items(shown)).to be_empty
      expect(shown.at_css("> .presence-empty")).to have_attributes(text: "Nobody is here").and(satisfy { |empty| !empty.key?("hidden") })
    end

    it "has a polite live region, empty at first" do
      news = list.at_css("> .presence-news")
      expect([news["role"], news["aria-live"], news.text]).to eq(["status", "polite", ""])
      expect(list["announce"]).to eq("")
      expect(list(announce: false)["announce"]).to be_nil
    end

    it "renders the app's partial for everybody, and for the template with a slot in place of each value" do
      join("Ada", url: "/ada")
      partial = %(<a href="/people/<%= member.id %>" title="<%= member[:url] %>" class="<%= size %>"><b><%= member[:name] %></b>) +
                %(<time datetime="<%= member.joined_at.iso8601 %>"></time></a>)
      shown = list(partial: "people/person", locals: { size: "big" }, view: view("people/_person": partial))

      expect(items(shown).first.at_css("a").to_h).to include("href" => "/people/ada", "title" => "/ada", "class" => "big")
      template = shown.at_css("> template").inner_html
      expect(template).to eq(
        '<li data-presence-id="presence_slot_i_"><a href="/people/presence_slot_i_" title="presence_slot_m75726c_" class="big">' \
        '<b>presence_slot_m6e616d65_</b><time datetime="presence_slot_j_"></time></a></li>'
      )
    end

    it "says what a partial asks of the template that no page can know" do
      partial = view("people/_person": "<%= member.metas.size %>")
      expect { list(partial: "people/person", view: partial) }
        .to raise_error(ActionView::Template::Error, /`member.metas` is not known: use `member.id`, `member\[:key\]`/)
    end

    it "escapes whatever people are called" do
      name = "</li><img src=x onerror=\"alert(1)\">'&amp;\u202E"
      join(name)
      expect(items(list).first.at_css("bdi").text).to eq(name)
      expect(list.css("img")).to be_empty
    end

    it "says how many more there are than it shows, by a limit of its own or of the topic" do
      @registry = registry_with(list_limit: 10)
      join(*(1..1_234).map { |number| "U#{number}" })
      shown = list(limit: 3)
      expect(items(shown).size).to eq(3)
      expect(shown.at_css("> .presence-more").text).to eq("and 1,231 more")

      whole = list
      expect(items(whole).size).to be_between(1, 100)
      expect(whole.at_css("> .presence-more").text).to eq("and #{(1_234 - items(whole).size).to_s.sub(/(?=\d{3}\z)/, ",")} more")
    end

    it "refuses a limit that is none" do
      expect { list(limit: -1) }.to raise_error(ArgumentError, /limit is an Integer of 0 or more, or nil; got -1/)
    end

    it "takes a topic as everywhere, and refuses what is none" do
      record = Struct.new(:to_gid_param).new("Z2lkOi8vYXBwL1Jvb20vMQ")
      expect(list(record)["topic"]).to eq("Z2lkOi8vYXBwL1Jvb20vMQ")
      expect(list(:lobby)["topic"]).to eq("lobby")
      expect { list("") }.to raise_error(PresenceRs::InvalidName)
    end

    it "signs the topic: the same each time, so that pages can be cached, and for nothing else" do
      ticket = list["signed-topic"]
      expect(read(:topic, ticket)).to eq("topic" => "lobby", "list" => true)
      expect(list["signed-topic"]).to eq(ticket)
      expect(read(:join, ticket)).to be_nil
      expect(read(:topic, "#{ticket[0..-2]}#{ticket[-1] == "0" ? "1" : "0"}")).to be_nil
    end

    it "signs who joins, with what they show" do
      shown = list(join: Struct.new(:id).new(7), meta: { name: "Ada" }, permit: %i[typing mood])
      expect(read(:join, shown["signed-join"])).to eq("topic" => "lobby", "member" => "7", "meta" => { "name" => "Ada" },
                                                      "permit" => %w[typing mood])
      expect(shown["me"]).to eq("7")
    end

    it "joins nobody where there is nobody" do
      [nil, false].each { |nobody| expect(list(join: nobody)["signed-join"]).to be_nil }
    end

    it "joins whom config.identify names, with join: true" do
      PresenceRs.configure { |config| config.identify { |request| request.get_header("HTTP_X_USER") } }
      request = ActionDispatch::Request.new(Rack::MockRequest.env_for("/", "HTTP_X_USER" => "ada"))
      expect(read(:join, list(view: view(request:), join: true)["signed-join"])["member"]).to eq("ada")
      nobody = ActionDispatch::Request.new(Rack::MockRequest.env_for("/"))
      expect(list(view: view(request: nobody), join: true)["signed-join"]).to be_nil
    ensure
      PresenceRs.configure { |config| config.identify = nil }
    end

    it "refuses a meta that is none, in the view, where it can be mended" do
      expect { list(join: "ada", meta: { name: "x" * 5_000 }) }.to raise_error(PresenceRs::InvalidMeta)
    end

    it "leaves a page whole whose store is away, and says nothing that it does not know" do
      allow(registry.store).to receive(:snapshot).and_raise(PresenceRs::StoreUnavailable, "away")
      reports = []
      allow(PresenceRs).to receive(:report) { |error, context| reports << [error.message, context[:topic]] }
      shown = list
      expect(items(shown)).to be_empty
      expect(shown.at_css("> .presence-empty")).to(satisfy { |empty| empty.key?("hidden") })
      expect(reports).to eq([%w[away lobby]])
    end
  end

  describe "#presence_count_tag" do
    def count(*args, **options) = element(view.presence_count_tag(*args, **options))

    it "shows how many there are, with delimiters, and lets the page have no more than that" do
      join(*(1..1_001).map { |number| "U#{number}" })
      expect(count("lobby").text).to eq("1,001")
      expect(read(:topic, count("lobby")["signed-topic"])).to eq("topic" => "lobby", "list" => false)
    end

    it "is about the whole site where no topic is given" do
      join("Ada", topic: "online")
      expect([count.text, count["topic"]]).to eq(%w[1 online])
    end

    it "takes a text with plural forms, and gives it to the page" do
      I18n.backend.store_translations(:en, people: { zero: "nobody", one: "one person", other: "%{number} people" })
      expect(count("lobby", text: :people).text).to eq("nobody")
      join("Ada")
      expect(count("lobby", text: :people).text).to eq("one person")
      join("Bob")
      expect(count("lobby", text: :people).text).to eq("2 people")
      expect(JSON.parse(count("lobby", text: :people)["texts"])["text"]).to include("other" => "%{number} people")
    ensure
      I18n.reload!
    end
  end

  describe "#presence_dot_tag" do
    def dot(user, view: self.view, **options) = element(view.presence_dot_tag(user, **options))

    it "says in a word whether somebody is on the site, or on a topic" do
      join("Ada", topic: "online")
      join("Bob")
      expect([dot("ada")["state"], dot("ada").text, dot("ada")["member"]]).to eq(%w[online online ada])
      expect([dot("bob")["state"], dot("bob").text]).to eq(%w[offline offline])
      expect(dot("bob", topic: "lobby")["state"]).to eq("online")
    end

    it "signs whom it shows, on which topic" do
      expect(read(:member, dot(Struct.new(:id).new(7))["signed-member"])).to eq(%w[online 7])
    end

    it "reads many at once, where they are preloaded" do
      join("Ada", topic: "online")
      users = ["ada", "bob", Struct.new(:id).new(7)]
      shared = view
      expect(registry.store).not_to receive(:online?)
      expect(registry.store).to receive(:try_online).once.and_call_original
      shared.presence_preload(users)
      expect(users.map { |user| dot(user, view: shared)["state"] }).to eq(%w[online offline offline])
    end
  end

  describe "#presence_typing_tag" do
    def typing(**options) = element(view.presence_typing_tag("lobby", **options))
    def plain(element) = element.text.delete("\u2068\u2069")

    it "says who types, and not that its reader does" do
      expect(typing.text).to eq("")
      join("Ada", typing: true)
      join("Bob")
      expect(plain(typing)).to eq("Ada is typing…")
      clock.advance(1)
      join("Bob", typing: true)
      expect(plain(typing)).to eq("Ada and Bob are typing…")
      expect(plain(typing(join: "ada"))).to eq("Bob is typing…")
      clock.advance(1)
      join("Cleo", "Dan", typing: true)
      expect(plain(typing)).to eq("Several people are typing…")
    end

    it "keeps names apart from the direction of the text around them, and short" do
      join("\u202E#{"x" * 4_000}", typing: true)
      expect(typing.text).to match(/\A\u2068x{59}…\u2069 is typing…\z/)
    end

    it "names the field of its reader" do
      expect(typing(for: :message_body)["for"]).to eq("message_body")
    end
  end

  it "speaks the locale of the request, in the app's words, and English where there are none" do
    I18n.backend.store_translations(:de, presence_rs: { online: "da", more: { one: "und %{number} weitere Person", other: "und %{number} weitere" } },
                                         number: { format: { delimiter: "." } })
    join(*(1..2_000).map { |number| "U#{number}" })
    I18n.with_locale(:de) do
      list = element(view.presence_list_tag("lobby", limit: 1))
      expect([list.at_css("> .presence-more").text, list["locale"]]).to eq(["und 1.999 weitere", "de"])
      expect(element(view.presence_dot_tag("u1", topic: "lobby")).text).to eq("da")
      expect(element(view.presence_dot_tag("nobody")).text).to eq("offline")
    end
  ensure
    I18n.reload!
  end
end
