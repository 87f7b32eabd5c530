/**
 * presence_rs: who is online, in a page, and right.
 *
 * @example
 *   import { createConsumer } from "@rails/actioncable"
 *   import { Presence } from "presence_rs"
 *
 *   const presence = new Presence(createConsumer(), { channel: "RoomChannel", id: 1 })
 *   presence.onSync(() => {
 *     document.querySelector("#people").textContent =
 *       presence.list().map(member => member.metas[0].name).join(", ")
 *   })
 *
 * How it is built, from the outside in:
 *
 * - `Presence`: what apps use, handlers and reads.
 * - `Link`: one subscription, shared by the Presences of its identifier. Messages come in and actions go out here,
 *   and one alarm wakes it for whatever is due.
 * - `Wire`: one consumer: its links, its WebSocket, and the life of the page.
 * - `Line`: that subscription itself, as Action Cable's client has it.
 * - `Feed` and `Roster`: one topic of a link, and its list at an (epoch, version). A Roster knows neither time nor socket.
 * - `Heartbeat`, `SyncRequests`, `Pages`, `Updates`, `Sessions`: when to say what. They know neither timers nor sockets.
 * - `Alarm`, `PageClock`, `Handlers`: tools.
 *
 * All times inside are milliseconds.
 */

const SECOND = 1_000

/** How often to speak, until the server says it. */
const HEARTBEAT = 15 * SECOND

/** A heartbeat is answered within this, or something is wrong; after a sleep a dead socket is likelier than a slow one. */
const ANSWER = 5 * SECOND
const PROBE = 3 * SECOND

/** So many heartbeats unanswered on a connection that lives, and the server does not know this subscription any more. */
const MISSES = 3

/** Action Cable pings every 3 s: a hidden tab, whose timers are held back, may get no better occasion before the next. */
const PING = 3.5 * SECOND

/** A visible page that has heard nothing for so long cannot know whether its list is right. */
const SILENCE = 7.5 * SECOND

/** A page that did not get round to anything for so long was asleep. */
const ASLEEP = 20 * SECOND

/** For so long after it woke up, a socket that turns out to be dead is opened again at once. */
const AWAKE = 10 * SECOND

/** The server answers one request for a state a second. Unanswered ones are repeated, ever more slowly. */
const SYNC_EVERY = 1.1 * SECOND
const SYNC_RETRY = 2 * SECOND
const SYNC_RETRY_MAX = 10 * SECOND

/** How many members a page of the list has where nobody says, and at most; and how often an unanswered one is asked for. */
const PAGE_LIMIT = 100
const PAGE_MAX = 1_000
const PAGE_TRIES = 3

/** A new subscription gets a state by itself; one that does not within this asks. */
const EXPECTED = 2 * SECOND

/** Updates in a row are merged; the server would do so from ten a second on. */
const UPDATE_EVERY = 100

/**
 * So long a subscription that nobody wants any more is kept for a successor: Turbo, Stimulus and React take a page's parts
 * away and put their like in place within a moment.
 */
const SUCCESSION = 200

/**
 * A server works on several commands at once, and may take those that follow each other closely in the other order: a
 * subscribe is ignored before the unsubscribe that it follows, or ended by it, or given the goodbye that came before. So
 * there is so much time between the two; and it is checked where one came so long after the other.
 */
const APART = 200
const UNSETTLED = 2 * SECOND

/** A first message without a confirmation: the confirmation was lost. */
const CONFIRMED = 2 * SECOND

/** No word on a subscription for so long, on an open socket: it is asked for again. */
const UNCONFIRMED = 10 * SECOND

/** How often to look whether a socket is there, while there is none. */
const LOOK = 2 * SECOND

/** A socket that connects for longer will not. */
const CONNECTING = 6 * SECOND

/** How many diffs are kept for a state to come, and how many epochs are remembered as over. */
const HELD = 200
const PAST = 8

/** The longest that a browser's timer can wait. */
const LONGEST_TIMER = 2 ** 31 - 1

/** Says an error to whoever watches the page's errors, and goes on. */
function report(error) {
  if (typeof globalThis.reportError === "function") globalThis.reportError(error)
  else console.error(error)
}

function show(value) {
  if (typeof value === "function") return "a function"
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** Whether a message is presence_rs's, and not the app's. */
function isOurs(data) {
  return isObject(data) && typeof data.type === "string" && data.type.startsWith("presence_")
}

function isCount(value) {
  return Number.isSafeInteger(value) && value >= 0
}

function isId(value) {
  return typeof value === "string" || typeof value === "bigint" || Number.isFinite(value)
}

function sameJson(a, b) {
  if (a === b) return true
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((value, index) => sameJson(value, b[index]))
  if (!isObject(a) || !isObject(b)) return false

  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every(key => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
}

// JavaScript compares strings by UTF-16 units, which puts characters beyond U+FFFF (pairs of surrogates) before
// U+E000 to U+FFFF. Bytes of UTF-8 are in the order of code points: so surrogates are moved up.
function codePointOrder(unit) {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

function compareBytes(a, b) {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const [x, y] = [a.charCodeAt(index), b.charCodeAt(index)]
    if (x !== y) return codePointOrder(x) - codePointOrder(y)
  }
  return a.length - b.length
}

/** Milliseconds that count the sleep of a machine, and that no wall clock which is set back can stop. */
class PageClock {
  #elapsed = 0
  #ticks = performance.now()
  #date = Date.now()

  now() {
    const [ticks, date] = [performance.now(), Date.now()]
    const passed = ticks - this.#ticks
    const slept = date - this.#date - passed
    // Some browsers stop performance.now() while the machine sleeps. Less than this is only the two clocks' rounding.
    this.#elapsed += slept > 2 * SECOND ? passed + slept : passed
    this.#ticks = ticks
    this.#date = date
    return this.#elapsed
  }

  setTimeout(callback, delay) {
    return setTimeout(callback, delay)
  }

  clearTimeout(id) {
    clearTimeout(id)
  }
}

/** One timer, set for the earliest of the moments it was asked for. */
class Alarm {
  #clock
  #ring
  #at = Infinity
  #timer

  constructor(clock, ring) {
    this.#clock = clock
    this.#ring = ring
  }

  by(at) {
    if (!(at < this.#at)) return

    this.cancel()
    this.#at = at
    const delay = Math.min(Math.max(0, at - this.#clock.now()), LONGEST_TIMER)
    this.#timer = this.#clock.setTimeout(() => {
      this.#at = Infinity
      this.#ring()
    }, delay)
  }

  cancel() {
    if (this.#at !== Infinity) this.#clock.clearTimeout(this.#timer)
    this.#at = Infinity
  }
}

/** Handlers by event. One that throws is reported, and stops neither the others nor what is going on. */
class Handlers {
  #entries = new Map()

  add(event, handler) {
    if (typeof handler !== "function") {
      throw new TypeError(`presence_rs: a handler of "${event}" is a function, but got ${show(handler)}.`)
    }
    const entry = { handler }
    if (!this.#entries.has(event)) this.#entries.set(event, new Set())
    this.#entries.get(event).add(entry)
    return () => {
      this.#entries.get(event)?.delete(entry)
    }
  }

  fire(event, ...values) {
    for (const entry of [...(this.#entries.get(event) ?? [])]) {
      if (!this.#entries.get(event)?.has(entry)) continue
      try {
        entry.handler(...values)
      } catch (error) {
        report(error)
      }
    }
  }

  clear() {
    this.#entries.clear()
  }
}

/** A member as it came, frozen; null for what is none. */
function toMember(entry) {
  if (!isObject(entry) || typeof entry.id !== "string") return null

  return Object.freeze({
    ...entry,
    joined_at: Number.isFinite(entry.joined_at) ? entry.joined_at : 0,
    metas: Object.freeze(Array.isArray(entry.metas) ? entry.metas : [])
  })
}

function toMembers(entries) {
  return entries.map(toMember).filter(Boolean)
}

function byId(entries) {
  return new Map(toMembers(entries).map(member => [member.id, member]))
}

/** What a message changed: lists of members. */
class Change {
  joins = []
  leaves = []
  updates = []

  /** @returns {Change} from one list to another, both Maps by id */
  static between(before, after) {
    const change = new Change()
    for (const [id, member] of after) change.note(before.get(id), member)
    for (const [id, member] of before) if (!after.has(id)) change.note(member, undefined)
    return change
  }

  note(before, after, reason) {
    if (!before && after) this.joins.push(after)
    else if (before && !after) this.leaves.push(reason ? Object.freeze({ ...before, reason }) : before)
    else if (before && !sameJson(before, after)) this.updates.push(after)
  }
}

/**
 * The list of one topic as this page knows it. Diffs say from which version they go on to which, and their entries are
 * whole states; so one that was missed shows, and what was seen already can be left out. Whatever makes the list
 * doubtful is kept in `#doubt` until something settles it:
 *
 * - `epoch`, `version`: how far the server is known to be. A state below that settles nothing.
 * - `whole`: only a state settles it, or the server's word that it has the same; diffs do not.
 * - `after`: how long to wait before asking for a state.
 */
class Roster {
  count = 0
  sampled = false
  stale = false
  known = false
  #epoch = ""
  #version = 0
  #members = new Map()
  #sorted = null
  #unlisted = 0
  #past = []
  #held = []
  #affirmed = false
  #doubt = null
  #random

  constructor(random) {
    this.#random = random
    this.expect()
  }

  /** A state is on its way, as the server sends one to each subscription. */
  expect() {
    this.#affirmed = false
    this.#doubt = { epoch: null, version: 0, whole: true, after: EXPECTED }
  }

  /** The same, but there is no reason to wait for it: this subscription got its state before we were here. */
  missed() {
    this.#doubt = { ...this.#doubt, after: 0 }
  }

  /** @returns {?number} how long to wait before asking for a state; null when there is no need to */
  get doubt() {
    return this.#doubt?.after ?? null
  }

  /** How far it is, for the server. */
  get position() {
    return { epoch: this.#epoch, version: this.#version }
  }

  get(id) {
    return this.#members.get(id)
  }

  has(id) {
    return this.#members.has(id)
  }

  /** What there is to read of it, as it is now, for who follows it no longer. */
  still() {
    const [members, list] = [new Map(this.#members), this.list()]
    const { count, sampled } = this
    return { count, sampled, list: () => [...list], get: id => members.get(id), has: id => members.has(id) }
  }

  list() {
    this.#sorted ??= [...this.#members.values()].sort((a, b) => a.joined_at - b.joined_at || compareBytes(a.id, b.id))
    return [...this.#sorted]
  }

  /**
   * @param {object} message a presence_state, presence_diff or presence_ack
   * @returns {Change|null|false} what it changed; null: nothing; false: it is malformed
   */
  take(message) {
    const { type, epoch, version, count } = message
    if (typeof epoch !== "string" || !isCount(version) || !isCount(count)) return false
    if (type === "presence_ack") return this.#ack(message)
    if (type === "presence_state") return Array.isArray(message.members) && this.#state(message)

    const { from, joins = [], leaves = [], updates = [], sample } = message
    if (!isCount(from) || from >= version || ![joins, leaves, updates].every(Array.isArray)) return false
    return this.#diff({ epoch, from, version, count, joins, leaves, updates, sample: sample === true })
  }

  #state({ epoch, version, count, members, sample }) {
    if (!(this.#doubt?.epoch === epoch && version < this.#doubt.version)) this.#settle()
    if (this.known && epoch === this.#epoch && version < this.#version) return null

    const before = this.#members
    const untold = !this.known || this.sampled
    const again = this.#past.includes(epoch)
    this.known = true
    this.sampled = sample === true && count > 0
    this.#members = count === 0 ? new Map() : byId(members)
    this.#unlisted = count - this.#members.size
    this.#move(epoch, version, count)
    // Here epochs never come back: this is an old message that came late, or the network plays tricks.
    if (again) this.#suspect({ epoch, version }, { after: SECOND, whole: true })
    this.#release(new Map(), new Map())
    return untold || this.sampled ? new Change() : Change.between(before, this.#members)
  }

  #diff(diff) {
    if (!this.known) return this.#hold(diff)
    if (diff.epoch !== this.#epoch) return this.#foreign(diff)
    if (diff.version <= this.#version) return null
    if (diff.count > 0 && diff.sample !== this.sampled) return this.#gap(diff, this.#soon())
    // Without a list there is nothing that it could go on from wrongly; but what was missed may be a new sample.
    if (diff.from > this.#version && this.sampled) this.#suspect(diff, { after: this.#soon(), whole: true })
    else if (diff.from > this.#version && diff.count > 0) return this.#gap(diff)

    const listed = !this.sampled
    const before = new Map()
    const reasons = new Map()
    this.#patch(diff, before, reasons)
    this.#release(before, reasons)
    const change = new Change()
    if (listed) for (const [id, member] of before) change.note(member, this.#members.get(id), reasons.get(id))
    return change
  }

  // Its epoch is not ours. One that begins its epoch, or ends it, is as good as a state.
  #foreign(diff) {
    const { epoch, version, count, joins, updates } = diff
    if (this.#past.includes(epoch)) return this.#suspect(diff)
    if (count === 0) return this.#epoch === "" ? null : this.#state({ epoch, version, count, members: [] })
    if (diff.from === 0 && !diff.sample) return this.#state({ epoch, version, count, members: [...joins, ...updates] })
    return this.#gap(diff, diff.sample ? this.#soon() : 0)
  }

  #ack({ epoch, version, count }) {
    if (!this.known) return this.#suspect({ epoch: null, version: 0 }, { whole: true })

    // A topic that is empty here and there is the same, whatever it calls its position.
    const same = count === this.count && (count === 0 || (epoch === this.#epoch && version === this.#version))
    const behind = this.#doubt?.epoch === epoch && this.#doubt.version > version
    if (same) return behind ? null : this.#settle()

    // The server's word is older than what we have. Asked once, as it should not be; not again while nothing changes.
    const late = epoch === this.#epoch && version < this.#version
    if (late && this.#affirmed) return null
    return this.#suspect({ epoch, version }, { whole: late || version === this.#version })
  }

  #settle() {
    this.#doubt = null
    this.#affirmed = true
    this.stale = false
    return null
  }

  #gap(diff, after = 0) {
    this.#hold(diff)
    return this.#suspect(diff, { after })
  }

  #hold(diff) {
    this.#held.push(diff)
    if (this.#held.length > HELD) this.#held.shift()
    return null
  }

  #suspect({ epoch, version }, { after = 0, whole = false } = {}) {
    const doubt = this.#doubt
    this.#doubt = {
      epoch,
      version: doubt?.epoch === epoch ? Math.max(doubt.version, version) : version,
      whole: whole || doubt?.whole === true,
      after: doubt ? Math.min(doubt.after, after) : after
    }
    return null
  }

  // When a topic outgrows its list, every page of it learns so from the same diff: they must not ask all at once.
  #soon() {
    return this.#doubt?.after <= SECOND ? this.#doubt.after : this.#random() * SECOND
  }

  /** @param {Map} before gets each changed member as it was, @param {Map} reasons and why those left who did */
  #patch({ epoch, version, count, joins, leaves, updates }, before, reasons) {
    const set = (id, member) => {
      if (!before.has(id)) before.set(id, this.#members.get(id))
      if (member) this.#members.set(id, member)
      else this.#members.delete(id)
    }
    if (!this.sampled) {
      for (const member of toMembers([...joins, ...updates])) set(member.id, member)
      for (const leave of leaves) {
        if (typeof leave?.id !== "string") continue
        if (typeof leave.reason === "string") reasons.set(leave.id, leave.reason)
        set(leave.id, undefined)
      }
    }
    if (count === 0) {
      for (const id of [...this.#members.keys()]) set(id, undefined)
      this.#unlisted = 0
    }
    const settled = this.#doubt && !this.#doubt.whole && this.#doubt.epoch === epoch && version >= this.#doubt.version
    if (settled) this.#doubt = null
    this.sampled &&= count > 0
    this.#affirmed = false
    this.#move(epoch, version, count)
    if (!this.sampled && this.#members.size + this.#unlisted !== count) this.#suspect({ epoch, version }, { whole: true })
  }

  #move(epoch, version, count) {
    const left = [this.#epoch, count === 0 ? epoch : ""].filter(past => past !== "" && (past !== epoch || count === 0))
    this.#epoch = count === 0 ? "" : epoch
    this.#version = count === 0 ? 0 : version
    this.#past = [...new Set([...this.#past.filter(past => past !== this.#epoch), ...left])].slice(-PAST)
    this.count = count
    this.#sorted = null
  }

  // Goes on with what was held back, as far as it fits now.
  #release(before, reasons) {
    const next = () => this.#held.find(diff => diff.epoch === this.#epoch && diff.version > this.#version &&
      diff.from <= this.#version && diff.sample === this.sampled)
    for (let diff = next(); diff; diff = next()) this.#patch(diff, before, reasons)

    this.#held = this.#held.filter(diff => diff.epoch === this.#epoch && diff.version > this.#version)
    for (const diff of this.#held) this.#suspect(diff, { after: diff.sample === this.sampled ? 0 : this.#soon() })
  }
}

/** When to send a heartbeat, and whether the last was answered. */
class Heartbeat {
  every = HEARTBEAT
  asked = null
  misses = 0
  #last
  #patience = ANSWER
  #sooner = Infinity
  #intervals = new Map()

  constructor(now) {
    this.#last = now
  }

  /** The server says how often. A session may have a shorter life than is usual on its topic: the shortest counts. */
  told({ type, topic, heartbeat }) {
    if (!Number.isFinite(heartbeat) || heartbeat <= 0) return

    this.#intervals.set(`${type} ${topic}`, Math.max(heartbeat * SECOND, 100))
    this.every = Math.min(...this.#intervals.values())
  }

  get due() {
    return Math.min(this.#last + this.every, this.#sooner)
  }

  /**
   * The same when there is an occasion, that is, when something came in.
   * @param {boolean} hidden whether timers are held back, so that an early occasion is better than none
   * @param {boolean} stale whether the list is to be shown right, now that the server is heard again; where it has said
   *   when to try, not before
   */
  dueOnOccasion(hidden, stale) {
    const early = hidden ? this.#last + Math.max(this.every - PING, this.every / 2) : Infinity
    const soon = stale && this.asked === null && this.#sooner === Infinity ? this.#last + Math.min(2 * SECOND, this.every) : Infinity
    return Math.min(this.due, early, soon)
  }

  get overdue() {
    return this.asked === null ? Infinity : this.asked + this.#patience
  }

  /** Subscribing is a word of the client's too. */
  spoke(now) {
    this.#last = now
    this.#sooner = Infinity
  }

  sent(now, patience = ANSWER) {
    this.spoke(now)
    if (this.asked !== null) return

    this.asked = now
    this.#patience = patience
  }

  answered() {
    this.asked = null
    this.misses = 0
  }

  missed() {
    this.asked = null
    this.misses += 1
  }

  /** Soon, and one miss is enough: the server may have taken an unsubscribe and a subscribe in the other order. */
  verify(now) {
    this.#sooner = now + SECOND
    this.misses = MISSES - 1
  }

  /** The server could not, and says when to try again. */
  sooner(at) {
    this.#sooner = Math.min(this.#sooner, at)
  }
}

/** When to ask for a state. While one is asked for, nobody asks again but for an answer that does not come. */
class SyncRequests {
  due = Infinity
  #random
  #last = -Infinity
  #asked = false
  #tries = 0

  constructor(random) {
    this.#random = random
  }

  want(now, after) {
    if (this.#asked) return

    const pause = this.#tries > 1 ? Math.min(SYNC_EVERY * 2 ** (this.#tries - 1), SYNC_RETRY_MAX) : SYNC_EVERY
    this.due = Math.min(this.due, Math.max(now + after, this.#last + pause))
  }

  sent(now) {
    this.#last = now
    this.#asked = true
    const retry = Math.min(SYNC_RETRY * 2 ** this.#tries, SYNC_RETRY_MAX)
    this.#tries = Math.min(this.#tries + 1, 10)
    this.due = now + retry * (1 + this.#random() / 4)
  }

  /** A state came, though maybe not the one that was wanted. */
  answered() {
    this.#asked = false
    this.due = Infinity
  }

  settle() {
    this.answered()
    this.#tries = 0
  }
}

/** The parts of a large topic's list that are asked for: one after the other, as the server answers one a second. */
class Pages {
  #asked = []
  #last = -Infinity

  /** @returns {Promise<object>} */
  want(after, limit) {
    return new Promise((resolve, reject) => { this.#asked.push({ after, limit, resolve, reject, sentAt: null, tries: 0 }) })
  }

  get due() {
    const [first] = this.#asked
    if (!first) return Infinity
    return first.sentAt === null ? this.#last + SYNC_EVERY : first.sentAt + ANSWER
  }

  /** @returns {?{after: ?string, limit: number}} the one to ask for now; null where it was given up */
  next(now) {
    const [first] = this.#asked
    if (first.tries === PAGE_TRIES) {
      this.#asked.shift()
      first.reject(failure("unanswered", `The server did not answer presence.page(), asked ${PAGE_TRIES} times.`))
      return null
    }
    this.#last = first.sentAt = now
    first.tries += 1
    return { after: first.after, limit: first.limit }
  }

  /** @returns {boolean} false where it is malformed */
  take({ epoch, version, count, after, limit, members, next }) {
    if (typeof epoch !== "string" || !isCount(version) || !isCount(count) || !Array.isArray(members)) return false
    if (next !== null && typeof next !== "string") return false

    const [first] = this.#asked
    // Another one came late, after it was asked for again.
    if (!first || first.after !== after || first.limit !== limit) return true

    this.#asked.shift()
    first.resolve(Object.freeze({ members: Object.freeze(toMembers(members)), next, count, epoch, version }))
    return true
  }

  refused({ code, message }) {
    this.#asked.shift()?.reject(failure(code, message))
  }

  /** What was asked for on the connection before this one is asked for again. */
  lost() {
    for (const asked of this.#asked) Object.assign(asked, { sentAt: null, tries: 0 })
  }

  end(code, message) {
    for (const asked of this.#asked.splice(0)) asked.reject(failure(code, message))
  }
}

function failure(code, message) {
  return Object.assign(new Error(`presence_rs: ${message}`), { code })
}

/**
 * What this page shows of itself. The server gets all keys that were ever set, as updates overtake each other and the
 * older of two is dropped; and as a new session knows none of them.
 */
class Updates {
  // For the whole page: the successor of a subscription must not begin below it, in case something comes late.
  static #seq = 0
  #meta = null
  #waiting = false
  #last = -Infinity

  merge(meta) {
    this.#meta = { ...this.#meta, ...meta }
    this.#waiting = true
  }

  /** The server has a new session, which starts with what the server knows. */
  again() {
    this.#waiting = this.#meta !== null
  }

  get due() {
    return this.#waiting ? this.#last + UPDATE_EVERY : Infinity
  }

  /** @returns {boolean} whether anything was ever shown */
  get any() {
    return this.#meta !== null
  }

  next(now) {
    this.#waiting = false
    this.#last = now
    return { meta: this.#meta, seq: ++Updates.#seq }
  }
}

/** One topic of a link. Its name is that of the first message where nobody asked for a certain one. */
class Feed {
  constructor(topic, random) {
    this.topic = topic
    this.roster = new Roster(random)
    this.sync = new SyncRequests(random)
    this.pages = new Pages()
    this.voice = new Voice()
  }
}

/** Who this page is to others on one topic, as the server told it, and how often it has spoken to them. */
class Voice {
  id = null
  session = null
  #seq = 0

  told({ id, session }) {
    if (typeof id !== "string" || typeof session !== "string" || session === this.session) return

    this.id = id
    this.session = session
    this.#seq = 0
  }

  /** Its session is over, or may be. */
  lost() {
    this.session = null
  }

  /** @returns {number} the server puts in order what was numbered, as it works on several messages at once */
  next() {
    return ++this.#seq
  }

  /** It did not go out: a number that never comes would be waited for. */
  unsaid(seq) {
    if (seq === this.#seq) this.#seq -= 1
  }
}

/** Which sessions the server gave us, a topic each, and which we had before: those are handed in, to be replaced. */
class Sessions {
  #known = new Map()

  /** @returns {boolean} whether it is a new one */
  told(topic, resume) {
    const known = this.#known.get(topic)
    if (known?.resume === resume) return false

    this.#known.set(topic, { resume, earlier: known?.resume ?? null, handed: false })
    return true
  }

  /** What was handed in on the connection before this one may not have arrived. */
  connected() {
    for (const session of this.#known.values()) session.handed = false
  }

  /** A state came after it was handed in: it has arrived. */
  stated(topic) {
    const session = this.#known.get(topic)
    if (session?.handed) session.earlier = null
  }

  /** @returns {Array<{topic: string, earlier: string}>} those to be handed in, each once */
  get due() {
    const due = [...this.#known].filter(([, session]) => session.earlier !== null && !session.handed)
    return due.map(([topic, { earlier }]) => ({ topic, earlier }))
  }

  handed(topic) {
    this.#known.get(topic).handed = true
  }

  /** @returns {?string} the one that we have, where it is one */
  get token() {
    return this.#known.size === 1 ? [...this.#known.values()][0].resume : null
  }
}

const CALLBACKS = ["connected", "disconnected", "rejected", "received"]

/** A subscription of a consumer's: one that is made here, or an app's own. */
class Line {
  #consumer
  #clock
  #identifier
  #on
  #subscription = null
  #unhook = () => {}
  #timer

  /**
   * @param {Wire} wire
   * @param {string} identifier
   * @param {{params: ?object, subscription: ?object}} source what to subscribe to, or what is subscribed
   * @param {function(string, *): boolean} on gets the callbacks; says of what is received whether it is ours alone
   */
  constructor(wire, identifier, { params, subscription }, on) {
    this.#consumer = wire.consumer
    this.#clock = wire.clock
    this.#identifier = identifier
    this.#on = on
    if (subscription) this.#adopt(subscription)
    else this.#later(wire.sees ? APART - wire.sinceEnded(identifier) : 0, () => this.#create(params))
  }

  /** @returns {boolean} false where it could not be sent */
  perform(action, data = {}) {
    if (!this.#subscription) return false

    try {
      return this.#subscription.perform(action, data) !== false
    } catch (error) {
      report(error)
      return false
    }
  }

  /** @returns {boolean} whether the stock client still asks for it */
  get pending() {
    return this.#consumer.subscriptions?.guarantor?.pendingSubscriptions?.includes?.(this.#subscription) === true
  }

  /**
   * Brings back a subscription that said goodbye, or that the server has forgotten, on a connection that lives. The
   * commands are sent rather than left to the subscription's own methods: those send nothing while another object has
   * the same identifier, and would make a new object, which an app that handed in its own does not know of.
   */
  again() {
    const { send, subscriptions } = this.#consumer
    if (!subscriptions) return // handed in without a consumer: its owner has to

    const identifier = this.#subscription?.identifier
    if (typeof send !== "function" || typeof identifier !== "string") {
      this.end()
      return this.#later(APART, () => this.#create(JSON.parse(this.#identifier)))
    }
    this.#consumer.send({ command: "unsubscribe", identifier })
    this.#later(APART, () => {
      // The first of these asks until it is confirmed.
      if (typeof subscriptions.subscribe === "function") subscriptions.subscribe(this.#subscription)
      else this.#consumer.send({ command: "subscribe", identifier })
    })
  }

  /** Listens no more, and leaves the subscription as it was. */
  drop() {
    this.#clock.clearTimeout(this.#timer)
    this.#unhook()
    this.#unhook = () => {}
  }

  /** @returns {boolean} whether there was anything to end */
  end() {
    this.drop()
    const subscription = this.#subscription
    this.#subscription = null
    subscription?.unsubscribe()
    return subscription !== null
  }

  // On a new connection the stock client subscribes by itself. A second time it would ask for ever, as the server says
  // nothing to that.
  #call(name, value) {
    if (name === "connected" || name === "disconnected") this.#clock.clearTimeout(this.#timer)
    return this.#on(name, value)
  }

  #later(delay, work) {
    this.#clock.clearTimeout(this.#timer)
    if (delay > 0) this.#timer = this.#clock.setTimeout(work, delay)
    else work()
  }

  #create(params) {
    // A consumer may call back before it has returned what we could answer through.
    const early = []
    let call = (...values) => { early.push(values) }
    const mixin = Object.fromEntries(CALLBACKS.map(name => [name, value => { call(name, value) }]))
    this.#subscription = this.#consumer.subscriptions.create(params, mixin)
    call = (...values) => this.#call(...values)
    for (const values of early) call(...values)
  }

  // It goes on as before, but that it does not see the messages that are ours.
  #adopt(subscription) {
    const undo = CALLBACKS.map(name => {
      const own = Object.getOwnPropertyDescriptor(subscription, name)
      const original = subscription[name]
      const callback = (...values) => {
        const ours = this.#call(name, ...values)
        if (!(name === "received" && ours)) original?.apply(subscription, values)
      }
      subscription[name] = callback
      return () => {
        if (subscription[name] !== callback) return
        if (own) Object.defineProperty(subscription, name, own)
        else delete subscription[name]
      }
    })
    this.#unhook = () => undo.forEach(step => step())
    this.#subscription = subscription
  }
}

/** One subscription of one consumer's, shared by the Presences of its identifier. */
class Link {
  #wire
  #clock
  #identifier
  #line = null
  #alarm
  #heartbeat
  #updates = new Updates()
  #sessions = new Sessions()
  #handInBy = -Infinity
  #ears = new Set()
  #feeds = []
  #topics = new Set()
  // Who this page is, by topic: a Presence may come later than that was told.
  #named = new Map()
  #inbox = []
  #reading = false
  #ticking = false
  #closed = false
  // The server knows this subscription, as far as we know: it confirmed it, or has sent something.
  #up
  #confirmed = false
  #confirmBy = Infinity
  #waitingSince = null
  // It was asked for anew on a connection that lives.
  #again = false
  // It was confirmed before we were here, and got its state then.
  #late = false
  // We said goodbye, and nothing but a new subscription brings us back.
  #left = false
  // An app's own subscription is ended when the app says so; so is one that shows what a successor may not want to show.
  #adopted
  #endAt = Infinity
  #ticked

  constructor(wire, identifier, source) {
    this.#wire = wire
    this.#clock = wire.clock
    this.#identifier = identifier
    this.#alarm = new Alarm(this.#clock, () => this.#tick())
    this.#ticked = this.#clock.now()
    this.#heartbeat = new Heartbeat(this.#ticked)
    this.#up = !wire.sees
    this.#adopted = Boolean(source.subscription)
    this.#again = wire.sinceEnded(identifier) < UNSETTLED
    this.#line = new Line(wire, identifier, source, (name, value) => this.#on(name, value))
    // Confirmed long ago, it got its state long ago too.
    if (this.#adopted && wire.open && !this.#line.pending) this.#up = this.#confirmed = this.#late = true
    this.#alarm.by(this.#ticked)
  }

  /** @param {object} ear a Presence's: its feed is set here */
  acquire(ear, topic) {
    ear.feed = this.#feed(topic)
    this.#ears.add(ear)
    this.#endAt = Infinity
    // The first onSync of who comes late; never from inside the constructor, as its handlers are not there yet.
    if (ear.feed.roster.known) queueMicrotask(() => ear.begin())
    this.#alarm.by(this.#clock.now())
  }

  release(ear) {
    this.#ears.delete(ear)
    if (this.#ears.size > 0 || this.#closed) return
    if (this.#adopted || this.#updates.any || this.#left || !this.#wire.sees) return this.#finish()

    this.#endAt = this.#clock.now() + SUCCESSION
    this.#alarm.by(this.#endAt)
  }

  update(meta) {
    this.#updates.merge(meta)
    this.#tick()
  }

  /** @returns {boolean} whether it was sent: nothing is kept for later */
  emit(feed, event, data, to, session) {
    if (!this.#ready || this.#left || this.#closed || feed.voice.session === null) return false

    const addressee = to === undefined ? {} : { to, ...(session === undefined ? {} : { session }) }
    const seq = feed.voice.next()
    const sent = this.#perform("presence_emit", { event, data, ...addressee, seq, ...this.#address(feed.topic) })
    if (!sent) feed.voice.unsaid(seq)
    return sent
  }

  /** @returns {boolean} whether it was sent: nothing is kept for later */
  call(action, data) {
    return this.#ready && !this.#left && !this.#closed && this.#perform(action, data)
  }

  /** @returns {Promise<object>} */
  page(feed, after, limit) {
    if (this.#closed) return Promise.reject(failure("unsubscribed", "presence.page() after the subscription ended."))

    const page = feed.pages.want(after, limit)
    this.#tick()
    return page
  }

  /** The page goes, or nobody wants this any more. The token names the session, should a new one be there already. */
  goodbye() {
    if (this.#left || this.#closed) return
    if (this.#endAt !== Infinity) return this.#finish()
    this.#sayGoodbye()
  }

  #finish() {
    if (!this.#left) this.#sayGoodbye()
    this.#end()
    if (this.#line.end()) this.#wire.ended(this.#identifier)
  }

  #sayGoodbye() {
    const { token } = this.#sessions
    // What could not be said on a closed socket has not been said: its successor brings a session of its own.
    this.#left = this.#perform("presence_leave", token === null ? {} : { resume: token })
  }

  /** A message came for whomever on this socket: an occasion that no browser holds back. */
  occasion() {
    this.#tick(true)
  }

  /** Connected no more, or not known to be. */
  lost() {
    this.#up = this.#confirmed = false
    this.#confirmBy = Infinity
    this.#waitingSince = null
    for (const feed of this.#feeds) {
      feed.roster.expect()
      feed.sync.settle()
      feed.voice.lost()
      feed.pages.lost()
    }
    this.#named.clear()
    this.distrust()
  }

  /** Whatever the list shows may be old. */
  distrust() {
    for (const feed of this.#feeds) this.#watch(feed, () => { feed.roster.stale = true })
  }

  /** The page is awake again: after a while unheard, or when told to, the server must show that it is there. */
  wake(must) {
    if (this.#closed) return

    const now = this.#clock.now()
    this.#ticked = now
    if (this.#left) {
      this.#left = false
      if (this.#wire.open) this.#subscribeAgain()
      else this.lost()
    } else if (this.#ready && (must || now >= this.#heartbeat.due || now - this.#wire.heardAt >= SILENCE)) {
      this.#beat(now, PROBE)
    }
    this.#tick()
  }

  // --- the subscription ---

  // Nothing but a new subscription helps, on a connection that lives.
  #subscribeAgain() {
    this.lost()
    this.#heartbeat.answered()
    this.#again = true
    this.#line.again()
  }

  #perform(action, data) {
    return this.#line?.perform(action, data) ?? false
  }

  #end() {
    this.#closed = true
    for (const { pages } of this.#feeds) pages.end("unsubscribed", "the subscription ended before presence.page() was answered.")
    this.#alarm.cancel()
    this.#line?.drop()
    this.#wire.drop(this.#identifier, this)
  }

  // @returns {boolean} whether it was ours alone
  #on(callback, value) {
    if (this.#closed) return false

    this.#wire.hook()
    if (callback === "received") return this.#received(value)
    if (callback === "connected") this.#connected()
    if (callback === "disconnected") this.#disconnected()
    if (callback === "rejected") this.#refused()
    return false
  }

  #connected() {
    const now = this.#clock.now()
    this.#wire.heard(now)
    this.#up = this.#confirmed = true
    this.#confirmBy = Infinity
    this.#heartbeat.spoke(now)
    this.#heartbeat.answered()
    if (this.#again) this.#heartbeat.verify(now)
    this.#again = false
    this.#updates.again()
    this.#sessions.connected()
    this.#handInBy = now + EXPECTED
    this.#tick()
  }

  #disconnected() {
    this.#left = false
    this.lost()
    this.#wire.dropped()
    this.#tick()
  }

  // The stock client forgets a rejected subscription, and so do we: the next Presence of this identifier starts anew.
  #refused() {
    this.lost()
    this.#end()
    this.#fail([...this.#ears], {
      code: "rejected",
      message: `The server rejected the subscription to ${this.#identifier}: it does not let this page in. ` +
        "It is not tried again; make a new Presence once that has changed.",
      topic: this.#feeds[0]?.topic ?? null
    })
  }

  // --- messages ---

  #received(data) {
    const ours = isOurs(data)
    this.#inbox.push(data)
    // A handler may do something that is answered before it returns; what comes in must not overtake itself.
    if (this.#reading) return ours

    this.#reading = true
    try {
      while (this.#inbox.length > 0 && !this.#closed) this.#read(this.#inbox.shift())
    } catch (error) {
      report(error) // the consumer has other subscriptions to serve
    } finally {
      this.#reading = false
    }
    this.#tick()
    return ours
  }

  #read(data) {
    const now = this.#clock.now()
    this.#wire.heard(now)
    this.#up = true
    if (!this.#confirmed) this.#confirmBy = Math.min(this.#confirmBy, now + CONFIRMED)
    if (!isOurs(data)) {
      for (const ear of [...this.#ears]) ear.said(data)
      return
    }
    if (typeof data.topic === "string") this.#meet(data.topic)
    switch (data.type) {
      case "presence_session": return this.#session(data)
      case "presence_error": return this.#error(data, now)
      case "presence_state":
      case "presence_ack":
        this.#heartbeat.answered()
        this.#heartbeat.told(data)
        return this.#follow(data)
      case "presence_diff": return this.#follow(data)
      case "presence_event": return this.#event(data)
      case "presence_page": return this.#turn(data)
    }
    // Another presence_… is of a server newer than this module: nothing that it needs, and no message of the app's.
  }

  // The first topic that is heard of is that of the Presences which name none.
  #meet(topic) {
    this.#topics.add(topic)
    for (const feed of this.#feeds) feed.topic ??= topic
  }

  #session({ type, topic, resume, heartbeat, id, session }) {
    if (typeof resume !== "string" || typeof topic !== "string") return this.#malformed({ type, topic })

    this.#named.set(topic, { id, session })
    for (const feed of this.#feeds) if (feed.topic === topic) feed.voice.told({ id, session })
    this.#heartbeat.told({ type, topic, heartbeat })
    // Sent at the confirmation too, but the server may not have been ready for it then.
    if (this.#sessions.told(topic, resume)) this.#updates.again()
  }

  #event({ type, topic, event, from, data }) {
    if (typeof event !== "string" || !isObject(data)) return this.#malformed({ type, topic })

    const sender = Object.freeze({ id: from?.id ?? null, session: from?.session ?? null })
    for (const feed of this.#feeds) {
      if (feed.topic === topic) for (const ear of this.#earsOf(feed)) ear.heard(event, data, sender)
    }
  }

  #error({ topic, code, message, retry, event }, now) {
    // That of an event answers no heartbeat.
    if (event === undefined) this.#heartbeat.answered()
    // The server is there, but does not know what the list is now.
    if (event === undefined && code === "store_unavailable") {
      for (const feed of this.#about(topic)) this.#watch(feed, () => { feed.roster.stale = true })
    }
    // What the server says of a page is for who asked for it.
    if (code === "invalid_page") {
      for (const feed of this.#about(topic)) feed.pages.refused({ code, message: String(message) })
      return
    }
    if (Number.isFinite(retry)) this.#heartbeat.sooner(now + Math.max(retry * SECOND, SECOND))
    this.#fail(this.#concerned(topic), {
      code: String(code ?? "unknown"),
      message: String(message ?? code ?? "The server reports an error, but not which."),
      topic: topic ?? null,
      retry: Number.isFinite(retry) ? retry : null,
      ...(typeof event === "string" && { event })
    })
  }

  #malformed({ type, topic }) {
    this.#fail(this.#concerned(topic), {
      code: "invalid_message",
      message: `The server sent a ${type} that makes no sense, and it was ignored; is this module as old as the gem?`,
      topic: topic ?? null
    })
  }

  #concerned(topic) {
    const concerned = [...this.#ears].filter(ear => ear.feed.topic === topic)
    return concerned.length > 0 ? concerned : [...this.#ears]
  }

  #fail(ears, error) {
    for (const ear of ears) ear.failed(Object.freeze({ retry: null, ...error }))
  }

  #follow(message) {
    if (message.type === "presence_state") this.#sessions.stated(message.topic)
    for (const feed of this.#about(message.topic)) {
      let change = null
      this.#watch(feed, () => { change = feed.roster.take(message) })
      if (change === false) {
        this.#malformed(message)
        continue
      }
      if (message.type === "presence_state") feed.sync.answered()
      if (feed.roster.doubt === null) feed.sync.settle()
      if (change) for (const ear of this.#earsOf(feed)) ear.changed(change)
    }
  }

  #turn(message) {
    for (const feed of this.#about(message.topic)) if (!feed.pages.take(message)) this.#malformed(message)
  }

  #about(topic) {
    return this.#feeds.filter(feed => typeof topic !== "string" || feed.topic === topic)
  }

  // Tells of what comes to be stale, or is no more.
  #watch(feed, block) {
    const before = feed.roster.stale
    block()
    if (feed.roster.stale !== before) for (const ear of this.#earsOf(feed)) ear.staled(!before)
  }

  #earsOf(feed) {
    return [...this.#ears].filter(ear => ear.feed === feed)
  }

  #feed(topic) {
    const wanted = topic ?? [...this.#topics][0] ?? null
    const found = this.#feeds.find(feed => feed.topic === wanted)
    if (found) return found

    const feed = new Feed(wanted, this.#wire.random)
    // Its state went to others, or to nobody.
    if (this.#topics.size > 0 || this.#late) feed.roster.missed()
    if (this.#named.has(wanted)) feed.voice.told(this.#named.get(wanted))
    this.#feeds.push(feed)
    return feed
  }

  // --- what is due ---

  get #ready() {
    return this.#confirmed || (this.#up && !this.#wire.sees)
  }

  #tick(occasion = false) {
    if (this.#ticking || this.#closed) return
    if (this.#clock.now() >= this.#endAt) return this.#finish()

    this.#ticking = true
    try {
      const now = this.#clock.now()
      this.#wire.mind(now)
      if (now - this.#ticked > ASLEEP) this.#wire.wake(false)
      this.#ticked = now
      if (!this.#left) this.#work(now, occasion)
    } finally {
      this.#ticking = false
    }
    if (!this.#closed) this.#alarm.by(this.#next())
  }

  #work(now, occasion) {
    this.#settleConfirmation(now)
    if (this.#ready) this.#speak(now, occasion)
    if (this.#up) for (const feed of this.#feeds) this.#ask(feed, now)
    if (this.#ready) for (const feed of this.#feeds) this.#askPage(feed, now)
    if (this.#silent <= now) this.distrust()
  }

  #ask(feed, now) {
    if (feed.roster.doubt !== null) feed.sync.want(now, feed.roster.doubt)
    if (now < feed.sync.due) return

    feed.sync.sent(now)
    this.#perform("presence_sync", this.#address(feed.topic))
  }

  #askPage(feed, now) {
    if (now < feed.pages.due) return

    const part = feed.pages.next(now)
    if (part) this.#perform("presence_page", { ...part, ...this.#address(feed.topic) })
  }

  #settleConfirmation(now) {
    // What else was lost with it? A heartbeat tells.
    if (now >= this.#confirmBy) {
      this.#connected()
      this.#beat(now)
    }
    if (this.#confirmed || !this.#wire.sees || !this.#wire.open) {
      this.#waitingSince = null
    } else if (this.#waitingSince === null) {
      this.#waitingSince = now
    } else if (now - this.#waitingSince >= UNCONFIRMED) {
      const heard = this.#wire.heardAt > this.#waitingSince
      this.#waitingSince = null
      if (heard) this.#subscribeAgain()
      else this.#wire.reopen(now)
    }
  }

  #speak(now, occasion) {
    if (now >= this.#heartbeat.overdue) this.#unanswered(now)
    else if (now >= (occasion ? this.#occasionDue : this.#heartbeat.due)) this.#beat(now)
    if (!this.#ready) return

    this.#handIn(now)
    if (now >= this.#updates.due) this.#perform("presence_update", this.#updates.next(now))
  }

  get #occasionDue() {
    return this.#heartbeat.dueOnOccasion(!this.#wire.visible, this.#feeds.some(feed => feed.roster.stale))
  }

  #beat(now, patience) {
    this.#heartbeat.sent(now, patience)
    this.#perform("presence_heartbeat")
  }

  #unanswered(now) {
    const silent = this.#wire.hooked && this.#wire.heardAt <= this.#heartbeat.asked
    this.#heartbeat.missed()
    this.distrust()
    if (silent) return this.#wire.reopen(now)
    if (this.#heartbeat.misses < MISSES) return this.#beat(now)

    this.#subscribeAgain()
  }

  // The session of the connection before this one would stay for a while; the server replaces it by the new one.
  // First the new one's state, for a moment: whoever has it says so, and is not sent another one. After a restart a
  // thousand pages come back at once.
  #handIn(now) {
    for (const { topic, earlier } of this.#sessions.due) {
      const feed = this.#feeds.find(({ topic: name }) => name === topic)
      const listed = feed?.roster.doubt === null
      if (feed && !listed && now < this.#handInBy) continue

      this.#sessions.handed(topic)
      this.#perform("presence_sync", { resume: earlier, ...(listed ? feed.roster.position : {}), ...this.#address(topic) })
      feed?.sync.sent(now)
      if (feed?.roster.doubt === null) feed.sync.answered()
    }
  }

  // Where a subscription follows several topics, the server is told which is meant.
  #address(topic) {
    return this.#topics.size > 1 && topic !== null ? { topic } : {}
  }

  get #silent() {
    if (!this.#wire.hooked || !this.#wire.visible || this.#feeds.every(feed => feed.roster.stale)) return Infinity
    return this.#wire.heardAt + SILENCE
  }

  #next() {
    if (this.#left) return Infinity

    const moments = [this.#endAt, this.#wire.due, this.#confirmBy, this.#silent]
    if (this.#waitingSince !== null) moments.push(this.#waitingSince + UNCONFIRMED)
    // A socket that the stock client opens says so to nobody.
    if (!this.#confirmed && this.#wire.wanted) moments.push(this.#ticked + LOOK)
    if (this.#ready) moments.push(this.#heartbeat.due, this.#heartbeat.overdue, this.#updates.due)
    if (this.#up) moments.push(...this.#feeds.map(feed => feed.sync.due))
    if (this.#ready) moments.push(...this.#feeds.map(feed => feed.pages.due))
    if (this.#ready && this.#sessions.due.length > 0) moments.push(this.#handInBy)
    return Math.min(...moments)
  }

  /** @returns {number} how often this link speaks */
  get every() {
    return this.#heartbeat.every
  }
}

/** One consumer: its links by identifier, its WebSocket, and the life of the page that it is in. */
class Wire {
  static #wires = new WeakMap()

  static of(consumer, options) {
    if (!this.#wires.has(consumer)) this.#wires.set(consumer, new Wire(consumer, options))
    return this.#wires.get(consumer)
  }

  heardAt
  #links = new Map()
  #ended = new Map()
  #page
  #socket = null
  #wokeAt = -Infinity
  #dialing = null
  #dialedAt = 0
  #redialAt = null
  #reopenedAt = -Infinity

  constructor(consumer, { clock = new PageClock(), random = Math.random, events } = {}) {
    this.consumer = consumer
    this.clock = clock
    this.random = random
    this.#page = events ?? { window: globalThis.window, document: globalThis.document }
    this.heardAt = clock.now()
  }

  /** @returns {Link} of that identifier, made where there is none */
  link(identifier, source) {
    const found = this.#links.get(identifier)
    if (found) return found

    if (this.#links.size === 0) this.#listen(true)
    this.hook()
    try {
      const link = new Link(this, identifier, source)
      this.#links.set(identifier, link)
      return link
    } catch (error) {
      if (this.#links.size === 0) this.#listen(false)
      throw error
    }
  }

  drop(identifier, link) {
    if (this.#links.get(identifier) !== link) return

    this.#links.delete(identifier)
    if (this.#links.size > 0) return

    this.#listen(false)
    this.#unhook()
  }

  /** A subscription of that identifier was ended just now. */
  ended(identifier) {
    const now = this.clock.now()
    for (const [old, at] of this.#ended) if (now - at > UNSETTLED) this.#ended.delete(old)
    this.#ended.set(identifier, now)
  }

  /** @returns {number} how long ago that was; Infinity where it was long ago, or never */
  sinceEnded(identifier) {
    return this.#ended.has(identifier) ? this.clock.now() - this.#ended.get(identifier) : Infinity
  }

  // --- its connection, read where it is of the stock kind ---

  get #connection() {
    return this.consumer.connection
  }

  /** @returns {boolean} whether we can tell if it is open */
  get sees() {
    return typeof this.#connection?.isOpen === "function"
  }

  get open() {
    return !this.sees || this.#connection.isOpen()
  }

  /** @returns {boolean} whether there is a connection to be had: not after consumer.disconnect() */
  get wanted() {
    return this.sees && !this.#stopped
  }

  /** @returns {boolean} whether we notice all that comes in, pings too */
  get hooked() {
    return this.#socket !== null
  }

  get visible() {
    return this.#page.document?.visibilityState !== "hidden"
  }

  /** Listens to the socket itself, beside the consumer: each message is a sign of life, and an occasion. */
  hook() {
    const socket = this.#connection?.webSocket ?? null
    if (socket === this.#socket || typeof socket?.addEventListener !== "function") return

    this.#unhook()
    this.#socket = socket
    socket.addEventListener("message", this.#onMessage)
    socket.addEventListener("close", this.#occasion)
  }

  #unhook() {
    this.#socket?.removeEventListener?.("message", this.#onMessage)
    this.#socket?.removeEventListener?.("close", this.#occasion)
    this.#socket = null
  }

  #onMessage = () => {
    this.heard(this.clock.now())
    this.#occasion()
  }

  #occasion = () => {
    for (const link of [...this.#links.values()]) link.occasion()
  }

  heard(now) {
    this.heardAt = now
  }

  /** A socket that seems open but is silent: closes it and connects anew, as the stock client does after a while. */
  reopen(now) {
    if (now - this.#reopenedAt < ANSWER || this.#stopped) return

    this.#reopenedAt = now
    for (const link of this.#links.values()) link.lost()
    this.#connection?.reopen?.()
  }

  /** Its socket closed. Right after the page woke up, that is an old one whose end could not be told before. */
  dropped() {
    if (this.clock.now() - this.#wokeAt > AWAKE) return

    this.#wokeAt = -Infinity
    this.clock.setTimeout(() => this.#dial(), 0)
  }

  /**
   * Sees to it that a connection is tried for more often than the stock client does after many failures (up to 28 s),
   * as a page is to be right within one heartbeat of the network's return; at random, as a thousand pages may wait.
   */
  mind(now) {
    this.hook()
    if (!this.sees || this.open || this.#stopped) {
      this.#dialing = this.#redialAt = null
      return
    }
    const { webSocket } = this.#connection
    if (this.#connection.isActive()) {
      this.#redialAt = null
      if (this.#dialing !== webSocket) {
        this.#dialing = webSocket
        this.#dialedAt = now
      }
      if (now - this.#dialedAt < CONNECTING) return
      this.#abandon(webSocket)
    } else {
      this.#redialAt ??= (this.#dialing === null ? now : this.#dialedAt) + this.#pause
      this.#dialing = null
      if (now < this.#redialAt) return
    }
    this.#redialAt = null
    this.#dial()
    this.#dialing = this.#connection.webSocket ?? null
    this.#dialedAt = now
  }

  /** @returns {number} when to mind it next */
  get due() {
    if (this.#redialAt !== null) return this.#redialAt
    return this.#dialing !== null ? this.#dialedAt + CONNECTING : Infinity
  }

  get #pause() {
    const every = Math.min(...[...this.#links.values()].map(link => link.every), HEARTBEAT)
    return Math.max(every * (0.5 + 0.4 * this.random()), SECOND)
  }

  // Whoever called consumer.disconnect() does not want it back.
  get #stopped() {
    const { monitor } = this.#connection ?? {}
    return typeof monitor?.isRunning === "function" && !monitor.isRunning()
  }

  #dial() {
    if (this.sees && !this.#stopped && !this.#connection.isActive()) this.#connection.open?.()
  }

  // Never closes a socket that still connects: after that, Safari can open none until it is started again.
  #abandon(socket) {
    this.#connection.uninstallEventHandlers?.()
    socket.onopen = () => socket.close()
    this.#connection.webSocket = undefined
    this.#dialing = null
  }

  // --- the page ---

  /** The page is back from wherever it was. */
  wake(must = true) {
    this.#wokeAt = this.clock.now()
    if (this.sees && !this.open) this.#dial()
    for (const link of [...this.#links.values()]) link.wake(must)
  }

  #goodbye = event => {
    for (const link of [...this.#links.values()]) link.goodbye()
    // A browser that may bring this page back closes its sockets, or does not keep the page because of them.
    if (event?.persisted && this.open) this.#connection?.close?.({ allowReconnect: true })
  }

  #back = event => {
    if (event?.persisted) this.wake()
  }

  #offline = () => {
    for (const link of this.#links.values()) link.distrust()
  }

  #online = () => this.wake()

  #turned = () => {
    if (this.visible) this.wake(false)
  }

  #listen(on) {
    const { window, document } = this.#page
    const verb = on ? "addEventListener" : "removeEventListener"
    window?.[verb]?.("pagehide", this.#goodbye)
    window?.[verb]?.("pageshow", this.#back)
    window?.[verb]?.("offline", this.#offline)
    window?.[verb]?.("online", this.#online)
    document?.[verb]?.("visibilitychange", this.#turned)
    document?.[verb]?.("resume", this.#online)
  }
}

/**
 * @typedef {object} Member
 * @property {string} id
 * @property {number} joined_at seconds since 1970, to the millisecond
 * @property {readonly object[]} metas what each of their sessions (tabs, devices) shows, in the order of joins
 * @property {"left"|"expired"} [reason] of one who left, where it is known
 */

/**
 * @typedef {object} PresenceError
 * @property {string} code "rejected", "invalid_name", "invalid_meta", "limit_exceeded", "store_unavailable" or "invalid_message";
 *   of an event also "forbidden", "invalid_event", "not_present" or "event_failed"
 * @property {string} message
 * @property {string|null} topic
 * @property {number|null} retry seconds until it is tried again, where it is
 * @property {string} [event] the name of the event that was not sent, where it is about one
 */

/**
 * @typedef {object} Sender who has emitted an event, by the server's word
 * @property {string|null} id a member's; null: the server itself
 * @property {string|null} session the public name of one of their sessions
 */

/**
 * @typedef {object} Clock in milliseconds
 * @property {function(): number} now
 * @property {function(function(): void, number): *} setTimeout
 * @property {function(*): void} clearTimeout
 */

/** Who is present on the topic of a channel, for as long as it is not unsubscribed. */
export class Presence {
  #ear
  #link
  #handlers = new Handlers()
  #events = new Handlers()
  // What it had last, once it is unsubscribed.
  #closed = null

  /**
   * Subscribes to a channel, or listens in on a subscription of the app's own.
   *
   * Two Presences of one consumer and one identifier share a subscription.
   *
   * @param {object} source a consumer of @rails/actioncable, or a subscription of one
   * @param {string|object} [identifier] the channel, as `subscriptions.create` takes it; not for a subscription
   * @param {object} [options]
   * @param {string} [options.topic] the one to follow, where the channel tracks several; else the first that it names
   * @param {Clock} [options.clock] for tests; of a consumer's first Presence
   * @param {function(): number} [options.random] for tests: from 0 to below 1
   * @param {{window?: EventTarget, document?: EventTarget}} [options.events] for tests: where the page's events come from
   * @throws {TypeError} when it is given something else
   *
   * @example
   *   new Presence(consumer, { channel: "RoomChannel", id: 1 })
   * @example
   *   new Presence(consumer, "LobbyChannel")
   * @example
   *   const room = consumer.subscriptions.create("RoomChannel", { received(data) { show(data) } })
   *   new Presence(room)   // room.received gets what is not presence_rs's
   */
  constructor(source, identifier, options) {
    const { consumer, key, ...how } = isSubscription(source) ? subscribed(source) : subscribing(source, identifier)
    const { topic, ...tools } = (isSubscription(source) ? options ?? identifier : options) ?? {}
    this.#link = Wire.of(consumer, tools).link(key, how)
    this.#ear = this.#listen()
    this.#link.acquire(this.#ear, topic)
  }

  // What the link calls. Until the list was shown once, there is nothing to tell the difference to.
  #listen() {
    const [handlers, events] = [this.#handlers, this.#events]
    let begun = false
    return {
      begin() {
        if (begun) return

        begun = true
        handlers.fire("sync")
      },
      changed({ joins, leaves, updates }) {
        if (!begun) return this.begin()

        for (const member of joins) handlers.fire("join", member)
        for (const member of leaves) handlers.fire("leave", member)
        for (const member of updates) handlers.fire("update", member)
        handlers.fire("sync")
      },
      staled(stale) { handlers.fire("stale", stale) },
      failed(error) { handlers.fire("error", error) },
      said(data) { handlers.fire("message", data) },
      heard(event, data, from) { events.fire(event, data, from) }
    }
  }

  /**
   * Somebody came. Not called for those who were there first, nor while the topic is `sampled`.
   * @param {function(Member): void} handler
   * @returns {function(): void} takes the handler out again, as with all of these
   */
  onJoin(handler) { return this.#handlers.add("join", handler) }

  /**
   * Somebody went: the member as last known, with a `reason` where the server gave one.
   * @param {function(Member): void} handler
   */
  onLeave(handler) { return this.#handlers.add("leave", handler) }

  /**
   * Somebody shows something else, has one more tab, or one less.
   * @param {function(Member): void} handler
   */
  onUpdate(handler) { return this.#handlers.add("update", handler) }

  /**
   * The list is there, or changed, after the handlers above. Enough for a page that just renders `list()`.
   * @param {function(): void} handler
   */
  onSync(handler) { return this.#handlers.add("sync", handler) }

  /**
   * `stale` changed.
   * @param {function(boolean): void} handler
   */
  onStale(handler) { return this.#handlers.add("stale", handler) }

  /**
   * The server refused something, or sent something that makes no sense.
   * @param {function(PresenceError): void} handler
   */
  onError(handler) { return this.#handlers.add("error", handler) }

  /**
   * The channel sent something of the app's.
   * @param {function(*): void} handler
   */
  onMessage(handler) { return this.#handlers.add("message", handler) }

  /**
   * Somebody, or the server, has emitted an event on this topic.
   * @param {string} event
   * @param {function(object, Sender): void} handler gets the data and who it is from; `from.id` is null where that is the server
   * @returns {function(): void} takes the handler out again
   *
   * @example
   *   presence.on("cheer", ({ lane }, from) => flash(lane, presence.get(from.id)))
   */
  on(event, handler) {
    if (typeof event !== "string") throw new TypeError(`presence.on takes the name of an event, but got ${show(event)}.`)
    return this.#events.add(event, handler)
  }

  /**
   * Sends an event to the pages of others, where the channel permits it (`track_presence … events: [:cheer]`). It is sent
   * at once or not at all, and arrives once at most; what the server refuses is told by `onError`.
   *
   * @param {string} event
   * @param {object} [data] what JSON can say, up to 16 kB
   * @param {{to?: string|number, session?: string|null}} [options] `to`: a member's id, for all their sessions; `session`: one of
   *   these, by its public name, as the `from` of events tells it. Without them all other sessions of the topic get it.
   * @returns {boolean} whether it went out: false while there is no connection, or no session yet (see `session`)
   * @throws {TypeError} when the data is no object, the event no name, or `to` no id, as that of the server's own events (null)
   *
   * @example
   *   presence.emit("cheer", { lane: 2 })
   * @example
   *   presence.emit("signal", { description }, { to: "42", session: from.session })
   */
  emit(event, data = {}, { to, session } = {}) {
    if (typeof event !== "string" || event === "") throw new TypeError(`presence.emit takes the name of an event, but got ${show(event)}.`)
    const copy = isObject(data) ? JSON.parse(JSON.stringify(data)) : null
    if (!isObject(copy)) throw new TypeError(`presence.emit takes an object such as { lane: 2 }, but got ${show(data)}.`)
    if (to !== undefined && !isId(to)) {
      throw new TypeError(`presence.emit takes the id of a member as \`to\`, but got ${show(to)}${to === null ? ", as of the server's own events, which nobody can answer" : ""}.`)
    }
    const of = session ?? undefined
    if (of !== undefined && to === undefined) throw new TypeError("presence.emit takes a session together with its member: { to, session }.")
    if (this.#closed) return false
    return this.#link.emit(this.#ear.feed, event, copy, to === undefined ? undefined : String(to), of)
  }

  /**
   * Calls an action of the channel, one of the app's own; what the channel transmits then comes by `onMessage`.
   *
   * @param {string} action
   * @param {object} [data]
   * @returns {boolean} whether it was sent: false while there is no connection
   *
   * @example
   *   presence.perform("finish", { place: 1 })
   */
  perform(action, data = {}) { return this.#closed === null && this.#link.call(action, data) }

  /**
   * @returns {string|null} the id of the member that this page is; null until it was told, and where the page may emit no events
   */
  get id() { return this.#ear.feed.voice.id }

  /**
   * @returns {string|null} the public name of this page's session, by which others know it in the `from` of events. It is
   *   another one after a reconnect; null while there is none, so that nothing can be emitted
   */
  get session() { return this.#closed ? null : this.#ear.feed.voice.session }

  /** @returns {number} how many members are present; 0 until the list is there */
  get count() { return this.#roster.count }

  /** @returns {boolean} whether the topic has so many members that `list()` has only some of them */
  get sampled() { return this.#roster.sampled }

  /** @returns {boolean} whether the list may be wrong: once unsubscribed, and from a lost connection until it is known to be right again */
  get stale() { return this.#closed !== null || this.#roster.stale }

  /** @returns {Member[]} a new Array by `joined_at`, then `id`; while `sampled`, those that the server picked at the last state */
  list() { return this.#roster.list() }

  /** @returns {Member|undefined} @param {string|number} id */
  get(id) { return this.#roster.get(String(id)) }

  /** @returns {boolean} @param {string|number} id */
  has(id) { return this.#roster.has(String(id)) }

  /**
   * A part of the list, in the order of the bytes of ids, for a topic that is `sampled`. The server answers one a second.
   *
   * @param {object} [part]
   * @param {?string} [part.after] the `next` of the page before; null begins
   * @param {number} [part.limit] members at most, from 1 to 1,000
   * @returns {Promise<{members: readonly Member[], next: ?string, count: number, epoch: string, version: number}>} `next` is
   *   null on the last one. Rejected with an Error that has a `code`: "unanswered", "unsubscribed" or "invalid_page", and
   *   with a TypeError for what makes no sense
   *
   * @example
   *   for (let page = await presence.page(); ; page = await presence.page({ after: page.next })) {
   *     show(page.members)
   *     if (page.next === null) break
   *   }
   */
  async page({ after = null, limit = PAGE_LIMIT } = {}) {
    if (after !== null && (typeof after !== "string" || after === "")) {
      throw new TypeError(`presence.page({ after }) takes the next of the page before, a String, but got ${show(after)}.`)
    }
    if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_MAX) {
      throw new TypeError(`presence.page({ limit }) takes a whole number from 1 to ${PAGE_MAX}, but got ${show(limit)}.`)
    }
    if (this.#closed) throw failure("unsubscribed", "presence.page() after unsubscribe().")
    return this.#link.page(this.#ear.feed, after, limit)
  }

  /**
   * Shows something to others, in the keys that the channel permits; other keys stay as they are. Calls in quick
   * succession are merged, and after a reconnect the server is told again.
   *
   * @param {object} meta what JSON can say
   * @returns {void}
   * @throws {TypeError} when it is no object
   *
   * @example
   *   presence.update({ typing: true })
   */
  update(meta) {
    const copy = isObject(meta) ? JSON.parse(JSON.stringify(meta)) : null
    if (!isObject(copy)) throw new TypeError(`presence.update takes an object such as { typing: true }, but got ${show(meta)}.`)
    if (!this.#closed) this.#link.update(copy)
  }

  /**
   * Goes: says goodbye and ends the subscription, unless another Presence shares it, or takes it over within a moment.
   * No handler is called after this, and the list stays as it is.
   * @returns {void}
   */
  unsubscribe() {
    if (this.#closed) return

    this.#closed = this.#roster.still()
    this.#handlers.clear()
    this.#events.clear()
    this.#link.release(this.#ear)
  }

  get #roster() { return this.#closed ?? this.#ear.feed.roster }
}

function isSubscription(source) {
  return typeof source?.perform === "function" && typeof source.unsubscribe === "function"
}

function subscribed(subscription) {
  const { consumer = subscription, identifier } = subscription
  return { consumer, key: identifier ?? "", subscription }
}

function subscribing(consumer, identifier) {
  if (typeof consumer?.subscriptions?.create !== "function") {
    throw new TypeError("new Presence(consumer, identifier) takes a consumer, as createConsumer() of @rails/actioncable makes it, " +
      `or a subscription, but got ${show(consumer)}.`)
  }
  const params = typeof identifier === "string" ? { channel: identifier } : identifier
  if (!isObject(params) || typeof params.channel !== "string") {
    throw new TypeError('new Presence(consumer, identifier) takes an identifier such as { channel: "RoomChannel", id: 1 }, ' +
      `but got ${show(identifier)}.`)
  }
  return { consumer, key: JSON.stringify(params), params }
}
