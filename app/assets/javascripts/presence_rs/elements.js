/**
 * The tags of presence_rs in a page: `<presence-list>`, `<presence-count>`, `<presence-dot>` and `<presence-typing>`, as
 * the helpers of Rails write them. What the server has shown at first goes on from here.
 *
 * @example
 *   import "presence_rs/elements"
 *
 * @example One WebSocket for Turbo's streams and presence
 *   import { cable } from "@hotwired/turbo-rails"
 *   import { setConsumer } from "presence_rs/elements"
 *
 *   setConsumer(cable.getConsumer())
 *
 * How it is built:
 *
 * - `Topic`: one topic of the page: its elements, and the one Presence that they all follow.
 * - `Answers`: who is online among those whom dots show, where the page does not get the list.
 * - `News`: what is said of who came and went, not more often than one can listen to.
 * - `PresenceElement` and its four kinds: what one element shows. They keep nothing that is not in the document, so that
 *   they can be cached, cloned, moved, morphed and taken away.
 * - `Template`: an item of a list. What people have written goes into it as text, and never as HTML.
 */
import { Presence } from "presence_rs"

const SECOND = 1_000

/** So long a topic is kept that has no element any more: Turbo takes a page's body away, and puts the next one in place. */
const KEPT = 100

/** News is said a moment after it happens, together with what follows it, and not again for a while. */
const NEWS_AFTER = 1 * SECOND
const NEWS_EVERY = 6 * SECOND
const NAMES = 3

/** Dots that do not get a list ask at once, and then so often at most; and again where no answer comes. */
const ASK_EVERY = 2 * SECOND
const ASK_AGAIN = 6 * SECOND

/** The server (TopicChannel::DOTS) answers for so many people at most. */
const DOTS = 1_000

/** Who has not typed for so long does not type any more. */
const TYPING = 3 * SECOND

// --- the consumer ---

/** @typedef {import("presence_rs").Consumer} Consumer */

let consumer = null

/**
 * The consumer of Action Cable that the elements use, or a promise of it. Without it they make one of their own, by
 * `createConsumer()` of "@rails/actioncable".
 *
 * @param {Consumer|Promise<Consumer>} value
 * @returns {void}
 */
export function setConsumer(value) {
  consumer = value
  for (const topic of Topic.all()) topic.follow()
}

/**
 * Who looks at the page, by the consumer: the server tells it at each subscription, and a topic may go on with one that
 * was there before.
 */
const viewers = new WeakMap()

/** @returns {Promise<Consumer>} the consumer that the elements use */
export async function getConsumer() {
  consumer ??= import("@rails/actioncable").then(({ createConsumer }) => createConsumer())
  return consumer
}

/**
 * @param {Element|string} elementOrTopic one of the elements, or the name of a topic that one of them follows
 * @returns {Presence|null} null while there is none: for the first moment of a page, and without an element
 */
export function presenceOf(elementOrTopic) {
  const name = typeof elementOrTopic === "string" ? elementOrTopic : elementOrTopic?.getAttribute("topic")
  return Topic.find(name)?.presence ?? null
}

// --- one topic of the page ---

class Topic {
  static #topics = new Map()

  static all() {
    return [...this.#topics.values()]
  }

  static find(name) {
    return this.#topics.get(name)
  }

  static of(name) {
    if (!this.#topics.has(name)) this.#topics.set(name, new Topic(name))
    return this.#topics.get(name)
  }

  name
  presence = null
  #key = null
  #consumer = null
  #elements = new Set()
  #answers = new Answers(this)
  #news = new News(this)
  #due = false
  #synced = false
  #endTimer
  #warned = new Set()

  constructor(name) {
    this.name = name
  }

  add(element) {
    clearTimeout(this.#endTimer)
    this.#elements.add(element)
    this.#later()
  }

  remove(element) {
    this.#elements.delete(element)
    if (this.#elements.size > 0) return this.#later()

    this.#endTimer = setTimeout(() => {
      this.#end()
      Topic.#topics.delete(this.name)
    }, KEPT)
  }

  /** @returns {PresenceElement[]} in the order of the document */
  get elements() {
    return [...this.#elements].sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1))
  }

  /** @returns {boolean} whether it is known who is there, or was a moment ago */
  get known() {
    return this.#synced && this.presence !== null
  }

  get stale() {
    return !this.known || this.presence.stale
  }

  /** @returns {string|null|undefined} the id of who looks at the page; null: nobody in particular; undefined: the server has not said */
  get viewer() {
    return viewers.get(this.#consumer)
  }

  /** @returns {boolean|null} null: not known yet */
  online(id) {
    if (!this.known) return null
    return this.presence.sampled ? this.#answers.of(id) : this.presence.has(id)
  }

  /** Follows what its elements ask for now: all of them by one subscription. */
  async follow() {
    const found = await getConsumer().catch(error => this.#warn("consumer", error))
    // In the meantime they may have gone, or others have come.
    if (!found || this.#elements.size === 0) return

    const identifier = this.#identifier()
    const key = JSON.stringify(identifier)
    if (key === this.#key && found === this.#consumer) return

    const before = this.presence
    this.#key = key
    this.#consumer = found
    this.presence = this.#listen(new Presence(found, identifier))
    before?.unsubscribe()
    this.render()
  }

  show() {
    for (const element of this.#elements) element.render()
  }

  /** Shows it all, and finds out what is not known. */
  render() {
    this.#answers.ask()
    this.show()
  }

  // The first that joins counts, and one that wants the list gives it to all.
  #identifier() {
    const elements = this.elements
    const first = elements.find(element => element.wantsList) ?? elements[0]
    const join = elements.find(element => element.hasAttribute("signed-join"))?.getAttribute("signed-join")
    return { channel: "PresenceRs::TopicChannel", topic: first.getAttribute("signed-topic"), ...(join && { join }) }
  }

  #listen(presence) {
    let late = false
    const current = () => this.presence === presence
    presence.onStale(stale => {
      // What was missed is no news.
      late = !stale
      queueMicrotask(() => { late = false })
      if (current()) this.show()
    })
    presence.onSync(() => {
      if (!current()) return
      this.#news.take(this.#synced && !late ? presence : null, presence)
      this.#synced = true
      this.render()
    })
    presence.onMessage(data => { if (current() && (this.#takeViewer(data) || this.#answers.take(data))) this.show() })
    presence.onError(error => {
      // It is over; whoever comes next, as with the next page, may ask anew.
      if (error.code === "rejected" && current()) this.#key = null
      this.#warn(error.code, error)
    })
    this.#synced = false
    return presence
  }

  // @returns {boolean} whether that was told
  #takeViewer({ type, id }) {
    if (type !== "viewer") return false

    viewers.set(this.#consumer, id)
    return true
  }

  #later() {
    if (this.#due) return

    this.#due = true
    // After all elements of a page are there, and after the module that imports this one has named its consumer.
    setTimeout(() => {
      this.#due = false
      this.follow()
      this.#answers.ask()
    })
  }

  #end() {
    this.presence?.unsubscribe()
    this.presence = null
    this.#key = null
    this.#synced = false
    this.#answers.end()
    this.#news.end()
  }

  // Once each: it may happen again and again.
  #warn(code, error) {
    if (this.#warned.has(code)) return

    this.#warned.add(code)
    console.warn(`presence_rs: "${this.name}": ${error.message ?? error}`)
  }
}

/**
 * Dots of a page that gets no list: whose count changes asks again. Which dots there are is told once (with the server's
 * signature of each); after that a question is short. Of whom no answer tells, the dot stays as it was.
 */
class Answers {
  #topic
  // Whom the last answer told of, and who of them is online.
  #told = null
  #online = null
  // Whom the number stands for.
  #asked = null
  #number = 0
  #at = -Infinity
  #due
  #again

  constructor(topic) {
    this.#topic = topic
  }

  of(id) {
    return this.#told?.has(id) ? this.#online.has(id) : null
  }

  /** Where something has changed since it was asked last. */
  ask() {
    const { known, presence } = this.#topic
    if (!known || !presence.sampled || presence.stale) return

    clearTimeout(this.#due)
    this.#due = setTimeout(() => this.#send(), Math.max(0, this.#at + ASK_EVERY - performance.now()))
  }

  /** @returns {boolean} whether it was an answer that tells something */
  take({ type, dots, online }) {
    if (type !== "dots") return false
    if (dots !== this.#number) {
      this.#tell()
      return false
    }
    clearTimeout(this.#again)
    this.#told = this.#asked
    this.#online = new Set(online)
    return true
  }

  end() {
    clearTimeout(this.#due)
    clearTimeout(this.#again)
    this.#told = this.#online = this.#asked = null
    this.#at = -Infinity
  }

  // The first people of the page, with the server's signature of each.
  get #dots() {
    const dots = new Map()
    for (const element of this.#topic.elements) {
      if (element instanceof PresenceDot) dots.set(element.getAttribute("member"), element.getAttribute("signed-member"))
      if (dots.size === DOTS) break
    }
    return dots
  }

  #send() {
    const dots = this.#dots
    if (dots.size === 0 || this.#topic.presence?.sampled !== true) return

    if (this.#asked && [...dots.keys()].every(id => this.#asked.has(id))) this.#perform({ dots: this.#number })
    else this.#tell()
  }

  #tell() {
    const dots = this.#dots
    this.#asked = new Set(dots.keys())
    this.#number += 1
    this.#perform({ dots: this.#number, members: [...dots.values()] })
  }

  #perform(data) {
    this.#at = performance.now()
    this.#topic.presence.perform("dots", data)
    clearTimeout(this.#again)
    this.#again = setTimeout(() => this.#send(), ASK_AGAIN)
  }
}

/** Who came and went, for those who listen to a page: together, with a pause, and not what has undone itself. */
class News {
  #topic
  #known = null
  #came = new Map()
  #went = new Map()
  #timer = null
  #at = -Infinity

  constructor(topic) {
    this.#topic = topic
  }

  /** @param {Presence|null} presence null: no news, but only how it is now */
  take(presence, now) {
    const before = this.#known
    this.#known = now.sampled ? null : new Map(now.list().map(member => [member.id, member]))
    if (!presence || !before || !this.#known || document.hidden) return this.#forget()

    for (const [id, member] of this.#known) if (!before.has(id) && !this.#went.delete(id)) this.#came.set(id, member)
    for (const [id, member] of before) if (!this.#known.has(id) && !this.#came.delete(id)) this.#went.set(id, member)
    if (this.#came.size + this.#went.size === 0) return this.#forget()
    this.#timer ??= setTimeout(() => this.#say(), Math.max(NEWS_AFTER, this.#at + NEWS_EVERY - performance.now()))
  }

  end() {
    this.#known = null
    this.#forget()
  }

  #forget() {
    clearTimeout(this.#timer)
    this.#timer = null
    this.#came.clear()
    this.#went.clear()
  }

  #say() {
    // Two lists of a topic need not say it twice.
    const list = this.#topic.elements.find(element => element instanceof PresenceList && element.hasAttribute("announce"))
    this.#at = performance.now()
    list?.say([...this.#came.values()], [...this.#went.values()])
    this.#forget()
  }
}

// --- words ---

/** The server's words, and how it puts them together. */
class Texts {
  #texts
  #plural

  constructor(element) {
    try {
      this.#texts = JSON.parse(element.getAttribute("texts") ?? "{}")
    } catch {
      this.#texts = {}
    }
    try {
      this.#plural = new Intl.PluralRules(element.getAttribute("locale") || "en")
    } catch {
      this.#plural = new Intl.PluralRules("en")
    }
  }

  get(key) {
    return this.#texts[key] ?? null
  }

  /** One text, in the form that a number asks for. */
  count(key, count, values = {}) {
    const text = this.get(key)
    if (text === null) return this.number(count)

    const form = typeof text === "string" ? text : (count === 0 && text.zero) || text[this.#plural.select(count)] || text.other || ""
    const all = { number: this.number(count), count, ...values }
    return form.replace(/%\{(\w+)\}/g, (whole, name) => (Object.hasOwn(all, name) ? String(all[name]) : whole))
  }

  number(count) {
    return String(count).replace(/\B(?=(\d{3})+$)/g, () => this.get("delimiter") ?? ",")
  }

  /** "Ada, Bob, and 3 others" */
  names(names) {
    const said = names.length > NAMES + 1 ? names.slice(0, NAMES) : names
    const parts = said.map(isolate)
    if (said.length < names.length) parts.push(this.count("others", names.length - said.length))
    const [two, between, last] = this.get("and") ?? [" and ", ", ", ", and "]
    if (parts.length < 3) return parts.join(two)
    return parts.slice(0, -1).join(between) + last + parts.at(-1)
  }
}

/** Embeddings, overrides and isolates of Unicode. */
const MARKS = /[\u202A-\u202E\u2066-\u2069]/g

/** A name as others see it: of bounded length, and apart from the direction of the text around it, which marks in it could end. */
function isolate(name) {
  const text = name.replace(MARKS, "")
  const letters = segments(text)
  return `\u2068${letters.length > 60 ? `${letters.slice(0, 59).join("")}…` : text}\u2069`
}

function segments(text) {
  if (text.length <= 60) return []
  // More than enough for sixty of them, and bounded.
  const start = text.slice(0, 4_096)
  if (typeof Intl.Segmenter !== "function") return [...start]
  return Array.from(new Intl.Segmenter().segment(start), ({ segment }) => segment)
}

/** What the first of their sessions that has this key shows. */
function valueOf(member, key) {
  return member.metas.find(meta => meta !== null && typeof meta === "object" && Object.hasOwn(meta, key))?.[key]
}

function asText(value) {
  if (value === null || value === undefined) return ""
  return typeof value === "object" ? JSON.stringify(value) : String(value)
}

function nameOf(member, key) {
  return asText(valueOf(member, key) || member.id)
}

// --- an item of a list ---

const SLOT = /presence_slot_([ijm])([0-9a-f]*)_/g

/** Attributes that a browser goes to or loads from. */
const ADDRESSES = new Set(["href", "xlink:href", "src", "srcset", "action", "formaction", "data", "poster", "background", "ping", "cite"])
const SAFE = new Set(["http:", "https:", "mailto:", "tel:", "sms:"])

/** What runs or styles: what people have written has no place there. */
function forbidden(name) {
  return name.startsWith("on") || name === "style" || name === "srcdoc"
}

class Template {
  #element
  #refused = new Set()

  /** @param {HTMLTemplateElement} element */
  constructor(element) {
    this.#element = element
  }

  /** @returns {Element} an item, with everything of a member's put in place as text */
  item(member) {
    const fragment = this.#element.content.cloneNode(true)
    const nodes = document.createTreeWalker(fragment, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT)
    for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) this.#fillText(node, member)
      else this.#fillElement(node, member)
    }
    return fragment.firstElementChild
  }

  #fillText(node, member) {
    if (!node.data.includes("presence_slot_")) return
    if (["SCRIPT", "STYLE"].includes(node.parentNode.nodeName)) {
      node.data = ""
      return this.#refuse(`a <${node.parentNode.localName}>`)
    }
    node.data = fill(node.data, member)
  }

  #fillElement(element, member) {
    for (const { name, value } of [...element.attributes]) {
      if (value.includes("presence_slot_")) this.#fillAttribute(element, name, value, member)
    }
    const [shown, hidden] = [element.getAttribute("data-presence-if"), element.getAttribute("data-presence-unless")]
    if (shown !== null) element.hidden = !truthy(valueOf(member, shown))
    if (hidden !== null) element.hidden = truthy(valueOf(member, hidden))
  }

  #fillAttribute(element, name, value, member) {
    if (forbidden(name)) {
      element.removeAttribute(name)
      return this.#refuse(`the attribute ${name}`)
    }
    const filled = fill(value, member)
    if (ADDRESSES.has(name) && !isSafe(filled, element, name)) element.removeAttribute(name)
    else element.setAttribute(name, filled)
  }

  #refuse(where) {
    if (this.#refused.has(where)) return

    this.#refused.add(where)
    console.error(`presence_rs: the partial of a <presence-list> shows something of a member in ${where}, where it could do harm. It was left out.`)
  }
}

function fill(text, member) {
  return text.replace(SLOT, (_, kind, key) => {
    if (kind === "i") return member.id
    if (kind === "j") return new Date(member.joined_at * SECOND).toISOString()
    return asText(valueOf(member, unhex(key)))
  })
}

function unhex(hex) {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], pair => parseInt(pair, 16))
  return new TextDecoder().decode(bytes)
}

// As Ruby has it.
function truthy(value) {
  return value !== undefined && value !== null && value !== false
}

function isSafe(address, element, name) {
  if (name === "srcset") return !/(?:^|,)\s*(?!https?:)[a-z][a-z0-9+.-]*:/i.test(address)
  try {
    const url = new URL(address, document.baseURI)
    return SAFE.has(url.protocol) || (name === "src" && element.localName === "img" && /^data:image\//i.test(url.href))
  } catch {
    return false
  }
}

/**
 * Makes one node like another that comes from the same template, and touches only what differs: an image is not loaded
 * again, and a button keeps its focus.
 *
 * @returns {Node} the one that is in the document then
 */
function patch(old, fresh) {
  if (old.isEqualNode(fresh)) return old
  if (old.nodeName !== fresh.nodeName || old.childNodes.length !== fresh.childNodes.length) {
    old.replaceWith(fresh)
    return fresh
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    old.nodeValue = fresh.nodeValue
    return old
  }
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name)
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value)
  const children = [...fresh.childNodes];
  [...old.childNodes].forEach((child, index) => patch(child, children[index]))
  return old
}

// --- the elements ---

/** Node has none: there this module can be loaded, and does nothing. */
const Base = globalThis.HTMLElement ?? class {}

/** What all four have in common. Their attribute `stale` says that what they show may be wrong, `live` that it is followed. */
class PresenceElement extends Base {
  static observedAttributes = ["topic", "signed-topic", "signed-join", "texts", "locale", "limit", "member", "name-key", "me"]

  #topic = null
  #texts = null

  connectedCallback() {
    // It was followed, and then kept in a cache: nobody knows how long ago.
    if (this.hasAttribute("live") && Topic.find(this.getAttribute("topic"))?.known !== true) this.#mark(true)
    this.#enter()
  }

  disconnectedCallback() {
    this.#leave()
  }

  attributeChangedCallback(name, before, after) {
    if (before === after) return
    this.#texts = null
    if (!this.#topic) return

    if (name === "topic") this.#leave()
    this.#enter()
  }

  /** @returns {boolean} whether it shows who is there, and not only how many */
  get wantsList() {
    return false
  }

  get texts() {
    return this.#texts ??= new Texts(this)
  }

  get topic() {
    return this.#topic
  }

  /** @returns {Presence|null} what it follows; null for a moment at first */
  get presence() {
    return this.#topic?.presence ?? null
  }

  /** @returns {string|null} the reader's id. What the page says of it may come from a cache, and be of somebody else */
  get me() {
    const told = this.#topic?.viewer
    return told === undefined ? this.getAttribute("me") ?? this.presence?.id ?? null : told
  }

  /** Shows how it is now, where that is known. */
  render() {
    if (!this.isConnected || !this.#topic?.known) return

    this.#mark(this.#topic.stale)
    this.show(this.#topic.presence)
  }

  /** The same, though somebody else has changed what is shown. */
  refresh() {
    this.render()
  }

  #enter() {
    const name = this.getAttribute("topic")
    if (name === null || !this.isConnected) return

    this.#topic = Topic.of(name)
    this.#topic.add(this)
    this.render()
  }

  #leave() {
    this.#topic?.remove(this)
    this.#topic = null
  }

  #mark(stale) {
    this.toggleAttribute("stale", stale)
    this.toggleAttribute("live", !stale)
  }
}

/** Who is there. */
class PresenceList extends PresenceElement {
  #items = new Map()
  #template = null
  #clearing

  get wantsList() {
    return true
  }

  connectedCallback() {
    // What was said once, and then kept in a cache, is no news.
    const news = this.#part(".presence-news")
    if (news) news.textContent = ""
    super.connectedCallback()
  }

  disconnectedCallback() {
    clearTimeout(this.#clearing)
    super.disconnectedCallback()
  }

  show(presence) {
    const list = this.#part(".presence-members")
    const template = this.#part("template")
    if (!list || !template) return

    if (this.#template?.source !== template || this.#template.html !== template.innerHTML) {
      this.#template = { source: template, html: template.innerHTML, template: new Template(template) }
      this.#items.clear()
    }
    const limit = this.hasAttribute("limit") ? Number(this.getAttribute("limit")) : Infinity
    const members = presence.list().slice(0, limit)
    this.#arrange(list, members)
    this.#say(".presence-more", presence.count > members.length ? this.texts.count("more", presence.count - members.length) : "")
    const empty = this.#part(".presence-empty")
    if (empty) empty.hidden = presence.count > 0
  }

  /** What is read out to those who do not see it. */
  say(came, went) {
    const names = members => members.filter(({ id }) => id !== this.me).map(member => nameOf(member, this.getAttribute("name-key") ?? "name"))
    const parts = [["joined", names(came)], ["left", names(went)]].filter(([, list]) => list.length > 0)
    const news = this.#part(".presence-news")
    if (!news || parts.length === 0) return

    hideNews()
    news.textContent = parts.map(([key, list]) => this.texts.count(key, list.length, { names: this.texts.names(list) })).join(". ")
    clearTimeout(this.#clearing)
    this.#clearing = setTimeout(() => { news.textContent = "" }, NEWS_EVERY - SECOND)
  }

  refresh() {
    this.#items.clear()
    super.refresh()
  }

  // Items stay where they are as long as they may, and are the same as long as their member is.
  #arrange(list, members) {
    const ids = new Set(members.map(({ id }) => id))
    const present = new Map()
    // First, so that nobody has to move because somebody before them went.
    for (const item of [...list.children]) {
      const id = item.getAttribute("data-presence-id")
      if (ids.has(id) && !present.has(id)) present.set(id, item)
      else item.remove()
    }
    const next = new Map()
    let place = list.firstElementChild
    for (const member of members) {
      let item = present.get(member.id)
      const known = this.#items.get(member.id)
      if (!item || known?.member !== member || known.item !== item) {
        const fresh = this.#template.template.item(member)
        if (item === place && item) {
          place = item = patch(item, fresh)
        } else {
          item = item ? patch(item, fresh) : fresh
        }
      }
      next.set(member.id, { member, item })
      if (item === place) place = place.nextElementSibling
      else list.insertBefore(item, place)
    }
    this.#items = next
  }

  #say(selector, text) {
    const part = this.#part(selector)
    if (!part) return

    part.hidden = text === ""
    if (part.textContent !== text) part.textContent = text
  }

  // Its own, and not one of a list that is within one of its items.
  #part(selector) {
    return this.querySelector(`:scope > ${selector}`)
  }
}

/** How many people are there. */
class PresenceCount extends PresenceElement {
  show(presence) {
    const text = this.texts.count("text", presence.count)
    if (this.textContent !== text) this.textContent = text
  }
}

/** Whether somebody is there. */
class PresenceDot extends PresenceElement {
  show() {
    const online = this.topic.online(this.getAttribute("member"))
    if (online === null) return

    const state = online ? "online" : "offline"
    if (this.getAttribute("state") !== state) this.setAttribute("state", state)
    const text = this.querySelector(":scope > .presence-text")
    if (text && text.textContent !== this.texts.get(state)) text.textContent = this.texts.get(state)
  }
}

/** Who is typing; and, with `for`, that the reader is. */
class PresenceTyping extends PresenceElement {
  #timer = null

  get wantsList() {
    return true
  }

  connectedCallback() {
    document.addEventListener("input", this)
    document.addEventListener("submit", this, true)
    document.addEventListener("focusout", this)
    super.connectedCallback()
  }

  disconnectedCallback() {
    document.removeEventListener("input", this)
    document.removeEventListener("submit", this, true)
    document.removeEventListener("focusout", this)
    this.#typing(false)
    super.disconnectedCallback()
  }

  handleEvent({ type, target }) {
    const field = this.hasAttribute("for") ? document.getElementById(this.getAttribute("for")) : null
    if (!field || !(field.contains(target) || target.contains?.(field))) return

    if (type === "input") this.#typing(field.contains(target) && (target.value ?? target.textContent) !== "")
    else this.#typing(false)
  }

  show(presence) {
    const { me } = this
    const typing = presence.list().filter(member => member.id !== me && valueOf(member, "typing") === true)
    const names = typing.map(member => nameOf(member, this.getAttribute("name-key") ?? "name"))
    const several = this.texts.get("typing")?.several
    let text = ""
    if (names.length > NAMES && several) text = several
    else if (names.length > 0) text = this.texts.count("typing", names.length, { names: this.texts.names(names) })
    if (this.textContent !== text) this.textContent = text
  }

  #typing(typing) {
    clearTimeout(this.#timer)
    if (typing !== (this.#timer !== null)) this.presence?.update({ typing })
    this.#timer = typing ? setTimeout(() => this.#typing(false), TYPING) : null
  }
}

/** The news are for ears alone. A strict policy forbids a style in HTML, and not this. */
let hidden = false
function hideNews() {
  if (hidden || !("adoptedStyleSheets" in document)) return

  hidden = true
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(":where(presence-list > .presence-news) { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap }")
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
}

if (globalThis.customElements) {
  const kinds = { "presence-list": PresenceList, "presence-count": PresenceCount, "presence-dot": PresenceDot, "presence-typing": PresenceTyping }
  for (const [name, kind] of Object.entries(kinds)) if (!customElements.get(name)) customElements.define(name, kind)

  // Turbo has made an element like the server's, which may be older than what it showed.
  document.addEventListener("turbo:morph-element", ({ target }) => {
    if (target instanceof PresenceElement) target.refresh()
  })
}
