# frozen_string_literal: true

require_relative "tags"

module PresenceRs
  # Tags for views that show who is present, at first from the server, and then, with the ES module
  # `presence_rs/elements`, as it changes. The engine puts them into every view.
  #
  # A topic is given as everywhere: a String, a Symbol or a record. With the page goes a signed ticket for it, so a view
  # that shows a list lets its reader follow that list; `config.authorize`, where it is set, is asked as well.
  #
  # Everything but the list itself works with `join:`, `meta:` and `permit:`, which make the reader present on the topic
  # while the page is open. Say it on one tag of a topic.
  #
  # Other options become attributes of the element. Docs: docs/views.md.
  #
  # @example
  #   <%= presence_list_tag @room, join: current_user, meta: { name: current_user.name } %>
  #   <%= presence_count_tag @room %> in this room
  #   <%= presence_dot_tag @user %> <%= @user.name %>
  #   <%= presence_typing_tag @room, for: :message_body %>
  module TagHelper
    # Who is there: a list with an item for each member, made by a partial.
    #
    # The partial gets `member` (`member.id`, `member[:name]`, `member.joined_at`). It is rendered once more for a
    # `<template>`, from which the page makes the items of those who come later.
    #
    # @param topic [String, Symbol, Topic, #to_gid_param]
    # @param partial [String] of one member; `presence_rs/_member` shows `member[:name]`
    # @param locals [Hash] for the partial
    # @param limit [Integer, nil] members shown at most; of the others it is said how many they are
    # @param name [Symbol, String] the key of the meta that is said of who comes and goes
    # @param announce [Boolean] whether that is told to screen readers
    # @param join [Object, true, nil] the reader, who is present while the page is open; true: whom `config.identify` names
    # @param meta [Hash] what others see of the reader
    # @param permit [Array<Symbol>] keys of the meta that the page may change
    # @return [ActiveSupport::SafeBuffer]
    # @raise [InvalidName, InvalidMeta, ArgumentError]
    # @example
    #   <%= presence_list_tag @room, partial: "people/person", limit: 20, class: "people" %>
    def presence_list_tag(topic, partial: "presence_rs/member", locals: {}, limit: nil, name: :name, announce: true, join: nil, meta: {},
                          permit: [:typing], **attributes)
      follow = presence_follow(topic, list: true).join(join, meta, permit)
      texts = presence_rendering.texts
      inside = Tags::List.new(self, texts, partial:, locals:, limit:).content(follow.read(&:state))
      own = { "limit" => limit, "name-key" => name, "announce" => announce ? "" : nil,
              "texts" => texts.for_page(:more, :joined, :left, :others) }
      presence_element("presence-list", follow, own, attributes, inside)
    end

    # How many people are there. The page gets their number alone, unless another tag shows a list.
    #
    # @param topic [String, Symbol, Topic, #to_gid_param, nil] nil: the default topic
    # @param text [Symbol, String, nil] a key of I18n with plural forms, in which `%{number}` is the count with delimiters
    # @return [ActiveSupport::SafeBuffer]
    # @raise [InvalidName, InvalidMeta]
    # @example
    #   <%= presence_count_tag @room %>
    # @example with `people: { one: "one person", other: "%{number} people" }` in the locale
    #   <%= presence_count_tag @room, text: :people %>
    def presence_count_tag(topic = nil, text: nil, join: nil, meta: {}, permit: [:typing], **attributes)
      follow = presence_follow(topic, list: false).join(join, meta, permit)
      texts = presence_rendering.texts
      count = follow.read(&:count)
      forms = text && I18n.t(text)
      shown = count && (forms ? texts.count(forms, count) : texts.number(count))
      presence_element("presence-count", follow, { "texts" => texts.for_page(text: forms) }, attributes, shown)
    end

    # Whether somebody is there: a dot, and the word for it.
    #
    # @param user [String, Symbol, Integer, #id]
    # @param topic [String, Symbol, Topic, #to_gid_param, nil] nil: the default topic, so that it shows who is on the site
    # @return [ActiveSupport::SafeBuffer]
    # @raise [InvalidName]
    # @example
    #   <%= presence_dot_tag @user %>
    # @example of many people, read at once
    #   <% presence_preload @users %>
    #   <% @users.each do |user| %><%= presence_dot_tag user %> <%= user.name %><% end %>
    def presence_dot_tag(user, topic: nil, join: nil, meta: {}, permit: [:typing], **attributes)
      follow = presence_follow(topic, list: false).join(join, meta, permit)
      texts = presence_rendering.texts
      member = Names.member(user, PresenceRs.registry.member_id)
      online = presence_online?(follow, member)
      state = online ? :online : :offline
      own = { "member" => member, "signed-member" => Tags::Ticket.sign(:member, [follow.topic.name, member]),
              "state" => (state unless online.nil?), "texts" => texts.for_page(:online, :offline) }
      presence_element("presence-dot", follow, own, attributes, tag.span(online.nil? ? "" : texts[state], class: "presence-text"))
    end

    # Reads at once who of many people is there, for the dots that follow.
    #
    # @param users [Enumerable]
    # @param topic [String, Symbol, Topic, #to_gid_param, nil] nil: the default topic
    # @return [void]
    # @raise [InvalidName]
    def presence_preload(users, topic: nil)
      follow = presence_follow(topic, list: false)
      ids = users.map { |user| Names.member(user, PresenceRs.registry.member_id) }
      online = follow.read { |place| place.online(ids) } or return
      known = presence_rendering.online[follow.topic.name]
      ids.each { |id| known[id] = false }
      online.each { |id| known[id] = true }
      nil
    end

    # Who is typing, by `typing: true` in what they show. With `for:` the page says so itself when its reader types there.
    #
    # @param topic [String, Symbol, Topic, #to_gid_param]
    # @param for [String, Symbol, nil] the id of a field, or of what contains it; the reader joins by this or another tag
    # @param name [Symbol, String] the key of the meta that is shown
    # @return [ActiveSupport::SafeBuffer]
    # @raise [InvalidName, InvalidMeta]
    # @example
    #   <%= presence_typing_tag @room, for: :message_body, join: current_user, meta: { name: current_user.name } %>
    def presence_typing_tag(topic, for: nil, name: :name, join: nil, meta: {}, permit: [:typing], **attributes)
      field = binding.local_variable_get(:for)
      follow = presence_follow(topic, list: true).join(join, meta, permit)
      texts = presence_rendering.texts
      me = follow.me
      members = follow.read(&:state)&.members || []
      names = members.filter_map { |member| (member[name] || member.id) if member[:typing] == true && member.id != me }
      presence_element("presence-typing", follow, { "for" => field, "name-key" => name, "texts" => texts.for_page(:typing) },
                       attributes, texts.typing(names))
    end

    private

    def presence_rendering = @presence_rendering ||= Tags::Rendering.new(self)

    def presence_follow(topic, list:) = Tags::Follow.new(self, topic, list:, rendering: presence_rendering)

    def presence_element(name, follow, own, attributes, inside)
      content_tag(name, inside, **attributes, **follow.attributes, **own.compact, "locale" => I18n.locale)
    end

    def presence_online?(follow, member)
      presence_rendering.online[follow.topic.name].fetch(member) { follow.read { |place| place.online?(member) } }
    end
  end
end
