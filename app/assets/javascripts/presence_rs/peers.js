/**
 * presence_rs/peers: audio and video between the members of a topic, from page to page.
 *
 * @example
 *   import { Presence } from "presence_rs"
 *   import { Peers } from "presence_rs/peers"
 *
 *   const presence = new Presence(consumer, { channel: "RoomChannel", id: 1 })   // with events: [:signal]
 *   const peers = new Peers(presence, { stream: () => navigator.mediaDevices.getUserMedia({ video: true, audio: true }) })
 *   peers.onStream((member, stream) => show(member.key, stream))
 *   peers.onGone(member => hide(member.key))
 *   peers.onError(error => say(error.message))
 *
 * How it is built, from the outside in:
 *
 * - `Peers`: who connects to whom, over the events of a Presence. Says hello to all, and meets whoever answers.
 * - `Peer`: one connection to one page of somebody's: keeps it up, or gives it up.
 * - `Negotiation`: the "perfect negotiation" of one RTCPeerConnection: both may offer at any time, and one of them yields.
 * - `Budget`, `Handlers`: tools.
 *
 * What goes over the wire, always with `call`, the random name of this page's Peers, since the name of its session is
 * another one after a reconnect, and what goes from page to page lives on:
 *
 * - `{ call, hello: true, peers }` to all: who I am, and whom I have. Who is missing there answers, unless I am `busy`.
 * - `{ call, peer, gen, … }` to one: `welcome`, `busy`, `bye`, or a `description` and `candidates`. `peer` is their `call`.
 *   `gen` counts the connections of the two, so that nothing of an earlier one is taken for the present one's.
 *
 * Events are delivered once at most: so whatever is not answered is said again, until it is or is given up.
 *
 * All times inside are milliseconds.
 */

const SECOND = 1_000

/** Pauses between hellos; the last one goes on. */
const HELLOS = [2 * SECOND, 4 * SECOND, 8 * SECOND, 16 * SECOND, 30 * SECOND, 60 * SECOND]

/** Candidates that come within this go out in one event. */
const BATCH = 100

/** How often to look after a connection that is not up. */
const LOOK = SECOND

/** An offer that is not answered within this is sent again, then after up to twice as long. */
const ANSWER = 2 * SECOND
const ANSWER_MAX = 4 * SECOND

/** A connection that is agreed on and does not come up, or went down, gets a new try after this. Not of both at once. */
const RETRY = 4 * SECOND

/** A short drop mends itself. */
const DROP = 2 * SECOND

/** After so long without being connected it is given up. */
const GIVE_UP = 30 * SECOND

/** An event has 16 kB at most; this is for what is around a description. */
const LARGEST = 15_000
const CANDIDATES = 30

/** So many signals of one member's in a row are listened to, and so many a second after that; a new connection counts for some. */
const BURST = 60
const RATE = 6
const CONNECTING = 5

/** So many pages are remembered that we had to do with. */
const REMEMBERED = 200

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function isName(value) {
  return typeof value === "string" && value.length > 0 && value.length <= 64
}

function isGen(value) {
  return Number.isSafeInteger(value) && value > 0
}

function show(value) {
  return typeof value === "function" ? "a function" : String(isObject(value) ? Object.prototype.toString.call(value) : value)
}

/** Says an error to whoever watches the page's errors, and goes on. */
function report(error) {
  if (typeof globalThis.reportError === "function") globalThis.reportError(error)
  else console.error(error)
}

function randomName() {
  return Array.from(crypto.getRandomValues(new Uint32Array(3)), word => word.toString(36).padStart(7, "0")).join("")
}

const pageClock = {
  now: () => performance.now(),
  setTimeout: (callback, delay) => setTimeout(callback, delay),
  clearTimeout: id => clearTimeout(id)
}

/** Handlers by event. One that throws is reported, and stops neither the others nor what is going on. */
class Handlers {
  #entries = new Map()

  add(event, handler) {
    if (typeof handler !== "function") {
      throw new TypeError(`presence_rs/peers: a handler of "${event}" is a function, but got ${show(handler)}.`)
    }
    const entry = { handler }
    if (!this.#entries.has(event)) this.#entries.set(event, new Set())
    this.#entries.get(event).add(entry)
    return () => { this.#entries.get(event)?.delete(entry) }
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

/** How much each member may still say: what one sends must not use up what we may send ourselves, or all connections. */
class Budget {
  #clock
  #accounts = new Map()

  constructor(clock) {
    this.#clock = clock
  }

  /** @returns {boolean} whether there was so much left */
  take(id, cost = 1) {
    const now = this.#clock.now()
    const account = this.#accounts.get(id) ?? { left: BURST, at: now }
    account.left = Math.min(BURST, account.left + (now - account.at) / SECOND * RATE)
    account.at = now
    this.#accounts.set(id, account)
    if (account.left < cost) return false

    account.left -= cost
    return true
  }

  /** Forgets those who have said nothing for long. */
  tidy() {
    const full = this.#clock.now() - BURST / RATE * SECOND
    for (const [id, { at }] of this.#accounts) if (at < full) this.#accounts.delete(id)
  }
}

/** What of a description fits into an event. Its candidates are sent by themselves too, so those can be left out. */
function fitting({ type, sdp }) {
  if (JSON.stringify(sdp).length <= LARGEST) return { type, sdp }

  return { type, sdp: sdp.split("\r\n").filter(line => !line.startsWith("a=candidate:") && line !== "a=end-of-candidates").join("\r\n") }
}

/**
 * Both sides may offer whenever they have something new. Where both do at once, the polite one takes its offer back,
 * and the other one ignores what it got.
 *
 * An offer has a number `n`, and so has its answer: as both may be lost or sent again, it shows what belongs together.
 */
class Negotiation {
  /** The last that went wrong, for whoever has to say why there is no connection. */
  error = null
  #connection
  #polite
  #send
  #stuck
  #offering = false
  #answering = false
  #offered = 0
  #answered = 0

  /** @param {function(): void} stuck is called where there can be no agreement by this connection any more */
  constructor(connection, polite, send, stuck) {
    this.#connection = connection
    this.#polite = polite
    this.#send = send
    this.#stuck = stuck
    connection.addEventListener("negotiationneeded", () => this.#offer())
  }

  /** Whether an offer of ours waits for its answer. */
  get waiting() {
    return this.#connection.signalingState === "have-local-offer"
  }

  /** Once more, as there was no answer, with all candidates that were found meanwhile. */
  offerAgain() {
    if (this.waiting) this.#say(this.#offered)
  }

  async take(description, n) {
    try {
      if (description.type === "offer") await this.#takeOffer(description, n)
      else await this.#takeAnswer(description, n)
    } catch (error) {
      // What one page sends can make no sense to another one. If there is no connection in the end, this is why.
      this.error = error
    }
  }

  async #offer() {
    const connection = this.#connection
    try {
      this.#offering = true
      await connection.setLocalDescription()
      // Meanwhile an offer may have come for which ours was taken back.
      if (connection.localDescription?.type !== "offer" || connection.signalingState !== "have-local-offer") return

      this.#offered += 1
      this.#say(this.#offered)
    } catch (error) {
      if (connection.signalingState !== "closed") this.error = error
    } finally {
      this.#offering = false
    }
  }

  async #takeOffer(description, n) {
    const connection = this.#connection
    if (n < this.#answered) return
    // The answer was lost. If we have offered something since, that makes way as ever.
    if (n === this.#answered && connection.signalingState === "stable") {
      if (connection.localDescription?.type === "answer") this.#say(n)
      return
    }
    const free = !this.#offering && (connection.signalingState === "stable" || this.#answering)
    if (!free && !this.#polite) return

    const yields = this.waiting || this.#offering
    try {
      await connection.setRemoteDescription(description)
      await connection.setLocalDescription()
    } catch (error) {
      // Chromium cannot always answer after it has taken back an offer with other media than this one's, and never will.
      if (yields && connection.signalingState === "have-remote-offer") this.#stuck()
      throw error
    }
    this.#answered = n
    this.#say(n)
  }

  async #takeAnswer(description, n) {
    if (n !== this.#offered || !this.waiting || this.#answering) return

    try {
      this.#answering = true
      await this.#connection.setRemoteDescription(description)
    } finally {
      this.#answering = false
    }
  }

  // `fresh`: whoever knows nothing of this connection can begin with this.
  #say(n) {
    const { localDescription, currentRemoteDescription: remote } = this.#connection
    const description = fitting(localDescription)
    if (description.sdp.length > LARGEST) {
      this.error = new RangeError(`a description of ${description.sdp.length} bytes does not fit into an event: show fewer tracks`)
    }
    this.#send({ description, n, fresh: description.type === "offer" && !remote })
  }
}

/** A connection to one page of one member's. */
class Peer {
  stream = null
  /** The stream that was told of: one is, once it can be seen. */
  shown = null
  /** When it was last connected, or made; null while it is connected. */
  #downAt
  #was = false
  #tried
  #tries = 0
  #closed = false
  #timer
  /** Our stream, as the other side knows it: the first one since we show anything. */
  #label = null
  #batch = []
  #batchTimer
  #connection
  #negotiation
  #channel
  #clock
  #on

  /**
   * @param {object} names `{ id, session, call, key, gen, polite }`
   * @param {object} tools `{ clock, connect }`
   * @param {object} on `send(data)`, `connected()`, `stream(stream)`, `lost()`, `stuck()`, `ended(error)`
   */
  constructor(names, { clock, connect }, on) {
    Object.assign(this, names)
    this.#clock = clock
    this.#on = on
    this.#downAt = this.#tried = clock.now()
    const connection = this.#connection = connect()
    this.#negotiation = new Negotiation(connection, names.polite, data => this.#send(data), () => this.#on.stuck())
    connection.addEventListener("icecandidate", ({ candidate }) => this.#found(candidate))
    connection.addEventListener("track", event => this.#receive(event))
    connection.addEventListener("connectionstatechange", () => this.#turned())
    connection.addEventListener("signalingstatechange", () => this.#watch())
    // There is something to agree on even where neither shows anything; and it closes at once when the other side does.
    this.#channel = connection.createDataChannel("presence_rs", { negotiated: true, id: 0 })
    this.#channel.addEventListener("close", () => this.#end())
    this.#watch()
  }

  /** @returns {"connecting"|"connected"|"reconnecting"} */
  get state() {
    if (this.connected) return "connected"
    return this.#was ? "reconnecting" : "connecting"
  }

  get connected() {
    return this.#downAt === null
  }

  /** What they are to see and hear of us. A track takes the place of one of its kind, which needs no new agreement. */
  offer(stream) {
    const tracks = new Set(stream?.getTracks() ?? [])
    const senders = this.#connection.getSenders().filter(sender => sender.track)
    // Under another name a new track would come to them in a stream of its own, without those that are kept.
    if (senders.length === 0) this.#label = stream
    const spare = senders.filter(sender => !tracks.delete(sender.track))
    for (const track of tracks) {
      const index = spare.findIndex(sender => sender.track.kind === track.kind)
      if (index < 0) {
        this.#connection.addTrack(track, this.#label)
      } else {
        const [sender] = spare.splice(index, 1)
        sender.replaceTrack(track).catch(error => { this.#negotiation.error = error })
      }
    }
    for (const sender of spare) this.#connection.removeTrack(sender)
  }

  take({ description, n, candidates }) {
    if (isDescription(description) && isGen(n)) this.#negotiation.take(description, n)
    if (Array.isArray(candidates)) for (const candidate of candidates.slice(0, 2 * CANDIDATES)) this.#try(candidate)
  }

  /** The way there may be another one now, as after a change of the network. */
  restart() {
    if (this.#closed || this.connected || this.#negotiation.waiting) return

    this.#tried = this.#clock.now()
    this.#connection.restartIce()
  }

  close() {
    if (this.#closed) return

    this.#closed = true
    this.#clock.clearTimeout(this.#timer)
    this.#clock.clearTimeout(this.#batchTimer)
    this.#connection.close()
  }

  #end(error = null) {
    if (!this.#closed) this.#on.ended(error)
  }

  #send(data) {
    if (!this.#closed) this.#on.send(data)
  }

  // One that cannot be used leaves the others; and those of an offer that was ignored belong to nothing here.
  #try(candidate) {
    if (!isObject(candidate) || typeof candidate.candidate !== "string") return
    this.#connection.addIceCandidate(candidate).catch(() => {})
  }

  // There are many within a moment, and each event counts.
  #found(candidate) {
    if (!candidate || this.#closed) return

    this.#batch.push(candidate.toJSON?.() ?? candidate)
    if (this.#batch.length === 1) this.#batchTimer = this.#clock.setTimeout(() => this.#sendBatch(), BATCH)
  }

  #sendBatch() {
    const batch = this.#batch.splice(0)
    for (let index = 0; index < batch.length; index += CANDIDATES) {
      this.#send({ candidates: batch.slice(index, index + CANDIDATES) })
    }
  }

  #receive({ track, streams }) {
    const stream = streams[0] ?? new MediaStream([track])
    if (this.stream === stream) return

    this.stream = stream
    stream.addEventListener("removetrack", () => {
      if (this.#closed || this.stream !== stream || stream.getTracks().length > 0) return
      const shown = this.shown
      this.stream = this.shown = null
      if (shown) this.#on.lost()
    })
    this.#show()
  }

  #show() {
    if (!this.connected || !this.stream || this.stream === this.shown) return

    this.shown = this.stream
    this.#on.stream(this.stream)
  }

  #turned() {
    const state = this.#connection.connectionState
    if (state === "connected") {
      this.#downAt = null
      this.#was = true
      this.#on.connected()
      this.#show()
    } else if (state === "disconnected" || state === "failed") {
      if (this.#downAt === null) this.#downAt = this.#tried = this.#clock.now()
      if (state === "failed") this.restart()
    }
    this.#watch()
  }

  // Until it is connected and agreed on.
  #watch() {
    this.#clock.clearTimeout(this.#timer)
    if (this.#closed) return
    if (this.connected && !this.#negotiation.waiting) {
      this.#tries = 0
      return
    }
    this.#timer = this.#clock.setTimeout(() => this.#look(), LOOK)
  }

  #look() {
    const now = this.#clock.now()
    if (!this.connected && now - this.#downAt >= GIVE_UP) return this.#end(this.#negotiation.error ?? new Error("no way to them was found"))

    if (now - this.#tried >= this.#pause) {
      this.#tries += 1
      this.#tried = now
      if (this.#negotiation.waiting) this.#negotiation.offerAgain()
      else this.restart()
    }
    this.#watch()
  }

  get #pause() {
    if (this.#negotiation.waiting) return Math.min(ANSWER * 2 ** this.#tries, ANSWER_MAX)

    return (this.#was ? DROP : RETRY) * (this.polite ? 2 : 1) * 2 ** Math.min(this.#tries, 2)
  }
}

function isDescription(value) {
  return isObject(value) && (value.type === "offer" || value.type === "answer") && typeof value.sdp === "string"
}

/** How an error of getUserMedia is called here. */
function mediaCode({ name }) {
  if (name === "NotAllowedError" || name === "SecurityError") return "no_permission"
  // Pages that are not secure have no `navigator.mediaDevices`, and asking it is a TypeError.
  return name === "TypeError" ? "unsupported" : "no_device"
}

const MEDIA_MESSAGES = {
  no_permission: "This page is not allowed to use the camera or the microphone.",
  unsupported: "This browser gives this page neither camera nor microphone; it has to be served by HTTPS, or from localhost.",
  no_device: "There is no camera or microphone that can be used."
}

/**
 * @typedef {object} PeerMember a Member, and which of their pages
 * @property {string} id
 * @property {string} key one of each page of theirs; the same for onStream and onGone
 * @property {number} joined_at
 * @property {readonly object[]} metas
 */

/**
 * @typedef {object} PeersError
 * @property {string} code "unsupported", "no_permission", "no_device", "too_many_peers" or "failed"
 * @property {string} message for people to read
 * @property {PeerMember|null} member whom it is about
 * @property {*} cause the error behind it, where there is one
 */

/**
 * @typedef {object} Clock in milliseconds
 * @property {function(): number} now
 * @property {function(function(): void, number): *} setTimeout
 * @property {function(*): void} clearTimeout
 */

/**
 * A stream, one that is waited for, or a function that asks for one; null is none.
 * @typedef {MediaStream|Promise<MediaStream|null>|(function(): (MediaStream|Promise<MediaStream|null>|null))|null} StreamSource
 */

/** Audio and video between the pages of a topic's members: each sends to each, so it is for a handful of them. */
export class Peers {
  #presence
  #event
  #max
  #accept
  #clock
  #random
  #connect
  #window
  #budget
  #handlers = new Handlers()
  #peers = new Map()
  #gens = new Map()
  #refused = new Set()
  #off = []
  #call = null
  #stream = null
  #asked = 0
  #owned = false
  #hellos = 0
  #helloTimer
  #session = null
  #closed = false

  /**
   * Begins at once: says hello to all others on the topic, and connects with each page that has Peers too.
   *
   * @param {Presence} presence of a channel that permits the event
   * @param {object} [options]
   * @param {StreamSource} [options.stream] what others are
   *   to see and hear. Nothing is said to anybody until it is there. null: look and listen only. What a function gave is ended by
   *   close(), anything else is yours to end
   * @param {RTCIceServer[]} [options.iceServers] STUN and TURN servers; without, pages find each other within one network only
   * @param {RTCIceTransportPolicy} [options.iceTransportPolicy] "relay" hides the addresses of pages from each other, and takes a TURN server
   * @param {number} [options.max=6] how many connections there may be
   * @param {string} [options.event="signal"] over which event the pages talk
   * @param {function(PeerMember): boolean} [options.accept] whether to connect with somebody; asked whenever that is about to be
   * @param {Clock} [options.clock] for tests
   * @param {function(): number} [options.random] for tests
   * @param {function(RTCConfiguration): RTCPeerConnection} [options.connect] for tests: makes a connection from its configuration
   * @param {EventTarget} [options.window] for tests: where the page's events come from
   * @throws {TypeError} when it is given something else
   */
  constructor(presence, options = {}) {
    const { stream = null, iceServers = [], iceTransportPolicy = "all", max = 6, event = "signal", accept = () => true } = options
    if (typeof presence?.emit !== "function" || typeof presence.on !== "function") {
      throw new TypeError(`new Peers(presence, options) takes a Presence that can emit events, but got ${show(presence)}.`)
    }
    if (!Number.isInteger(max) || max < 1) throw new TypeError(`max is how many peers there may be, 1 or more, but got ${show(max)}.`)
    if (typeof accept !== "function") throw new TypeError(`accept is a function of a member, but got ${show(accept)}.`)

    this.#presence = presence
    this.#event = event
    this.#max = max
    this.#accept = accept
    this.#clock = options.clock ?? pageClock
    this.#random = options.random ?? Math.random
    this.#window = options.window ?? globalThis.window
    this.#budget = new Budget(this.#clock)
    const configuration = { iceServers, iceTransportPolicy, bundlePolicy: "max-bundle" }
    const Connection = globalThis.RTCPeerConnection
    this.#connect = () => (options.connect ? options.connect(configuration) : new Connection(configuration))
    if (!options.connect && typeof Connection !== "function") {
      this.#closed = true
      // Not from inside the constructor: the handlers are not there yet.
      queueMicrotask(() => this.#fail("unsupported", "This browser has no WebRTC, or it is switched off."))
    } else {
      this.setStream(stream)
    }
  }

  /**
   * Somebody is to be seen or heard. What they show after that comes into the same stream, which tells of it by its own
   * `addtrack` where that is a track more. Called again once they have shown nothing, or are connected with anew.
   * @param {function(PeerMember, MediaStream): void} handler
   * @returns {function(): void} takes the handler out again, as with all of these
   */
  onStream(handler) { return this.#handlers.add("stream", handler) }

  /**
   * Somebody of whom there was a stream is not to be seen or heard any more.
   * @param {function(PeerMember): void} handler
   */
  onGone(handler) { return this.#handlers.add("gone", handler) }

  /**
   * Our own stream is there, or another one: for a preview.
   * @param {function(MediaStream|null): void} handler
   */
  onLocal(handler) { return this.#handlers.add("local", handler) }

  /**
   * Something that people should know.
   * @param {function(PeersError): void} handler
   */
  onError(handler) { return this.#handlers.add("error", handler) }

  /** @returns {MediaStream|null} what others see and hear of us */
  get stream() { return this.#stream }

  /** @returns {number} with how many pages there is a connection now */
  get count() { return [...this.#peers.values()].filter(peer => peer.connected).length }

  /** @returns {Array<PeerMember & {state: "connecting"|"connected"|"reconnecting", stream: MediaStream|null}>} all connections, and what is to become one */
  list() {
    return [...this.#peers.values()].map(peer => ({ ...this.#member(peer), state: peer.state, stream: peer.stream }))
  }

  /**
   * Shows others another stream, or none.
   * @param {StreamSource} stream as in the constructor
   * @returns {Promise<MediaStream|null>} it, once it is shown; null where there is none, which onError has told of
   *
   * @example
   *   peers.setStream(() => navigator.mediaDevices.getDisplayMedia())
   */
  async setStream(stream) {
    if (this.#closed) return null

    const asked = ++this.#asked
    const owned = typeof stream === "function"
    let got
    try {
      // Always later, so that there are handlers; and a function may throw.
      got = await Promise.resolve().then(() => (owned ? stream() : stream)) ?? null
      if (got !== null && typeof got.getTracks !== "function") throw new TypeError(`A stream is a MediaStream, but got ${show(got)}.`)
    } catch (error) {
      if (asked === this.#asked && !this.#closed) this.#fail(mediaCode(error), MEDIA_MESSAGES[mediaCode(error)], { cause: error })
      return null
    }
    if (asked !== this.#asked || this.#closed) {
      if (owned) stop(got)
      return null
    }
    if (this.#owned && this.#stream !== got) stop(this.#stream)
    this.#owned = owned
    this.#stream = got
    this.#handlers.fire("local", got)
    if (this.#closed) return null // by a handler

    for (const peer of this.#peers.values()) peer.offer(got)
    if (this.#call === null) this.#begin()
    return got
  }

  /**
   * Ends all connections, and says goodbye; onGone is called for who was there, and no handler after that. The Presence goes on.
   * @returns {void}
   */
  close() {
    if (this.#closed) return

    this.#closed = true
    this.#leave()
    this.#off.forEach(off => off?.())
    this.#handlers.clear()
    if (this.#owned) stop(this.#stream)
    this.#stream = null
  }

  // --- who is here ---

  #begin() {
    const presence = this.#presence
    this.#off = [
      presence.on(this.#event, (data, from) => this.#receive(data, from)),
      presence.onLeave(({ id }) => this.#left(id)),
      presence.onSync(() => this.#synced()),
      presence.onStale(() => this.#synced()),
      this.#listen("pagehide", () => this.#leave()),
      this.#listen("pageshow", ({ persisted }) => { if (persisted) this.#enter() }),
      this.#listen("online", () => { for (const peer of this.#peers.values()) peer.restart() })
    ]
    this.#enter()
  }

  // Before the Presence's own listener, which says goodbye: after that nothing can be said.
  #listen(name, listener) {
    this.#window?.addEventListener?.(name, listener, { capture: true })
    return () => this.#window?.removeEventListener?.(name, listener, { capture: true })
  }

  #enter() {
    if (this.#closed) return

    this.#call = randomName()
    this.#hellos = 0
    this.#hello()
  }

  #leave() {
    this.#clock.clearTimeout(this.#helloTimer)
    for (const peer of [...this.#peers.values()]) this.#drop(peer, { bye: true })
    this.#gens.clear()
    this.#refused.clear()
  }

  // Said again and again, ever more slowly: who did not hear it is found nevertheless.
  #hello() {
    if (this.#closed) return

    this.#helloLater()
    this.#budget.tidy()
    const peers = [...this.#peers.values()].map(peer => peer.call).slice(0, REMEMBERED)
    // Without a session nothing can be said: it is tried again when there is one.
    const hello = { call: this.#call, hello: true, peers, ...(this.#full && { busy: true }) }
    this.#session = this.#emit(hello) ? this.#presence.session : null
  }

  #helloLater() {
    // A handler may have closed these a moment ago, when it was told of somebody who is gone.
    if (this.#closed) return

    const pause = HELLOS[Math.min(this.#hellos, HELLOS.length - 1)]
    this.#hellos += 1
    this.#clock.clearTimeout(this.#helloTimer)
    this.#helloTimer = this.#clock.setTimeout(() => this.#hello(), pause * (0.75 + this.#random() / 2))
  }

  // Our session has another name after a reconnect: those who have us under the old one cannot reach us.
  #synced() {
    const { session } = this.#presence
    if (session === null || session === this.#session) return

    this.#hellos = 0
    this.#hello()
    for (const peer of this.#peers.values()) peer.restart()
  }

  #left(id) {
    // We were taken off ourselves, or were not heard for too long: to the others we are not there.
    const mine = id === this.#presence.id
    for (const peer of [...this.#peers.values()]) if (mine || peer.id === id) this.#drop(peer)
    if (mine) this.#session = null
  }

  // --- signals ---

  #receive(data, from) {
    if (this.#closed || !isObject(data) || typeof from?.id !== "string" || from.id === this.#presence.id) return

    const { call, peer: to, gen } = data
    if (!isName(call) || call === this.#call || (to !== undefined && to !== this.#call) || !this.#budget.take(from.id)) return

    const sender = { id: from.id, session: from.session, call, key: `${from.id} ${call}` }
    const peer = this.#peers.get(sender.key)
    // After a reconnect of theirs it is another one.
    if (peer) peer.session = from.session
    if (data.hello === true) this.#greeted(sender, peer, data)
    else if (to === undefined || !isGen(gen)) return
    else if (data.welcome === true) this.#welcomed(sender, peer, gen)
    else if (data.busy === true) this.#declined(sender, peer)
    else if (data.bye === true) this.#dismissed(sender, peer, gen, data.back === true)
    else this.#signalled(sender, peer, gen, data)
  }

  // Who has us already need not be told; who has lost us is.
  #greeted(sender, peer, { peers, busy }) {
    if (peer && Array.isArray(peers) && peers.includes(this.#call)) return
    if (!peer && busy === true) {
      if (this.#accepts(sender)) this.#declined(sender)
    } else if (!peer) this.#meet(sender, (this.#gens.get(sender.key) ?? 0) + 1)
    else if (peer.connected) this.#sendTo(sender, { welcome: true, gen: peer.gen })
  }

  #welcomed(sender, peer, gen) {
    if (!peer) this.#meet(sender, Math.max(gen, this.#gens.get(sender.key) ?? 0) + 1)
  }

  // `back`: they know nothing of this connection, and would have another one.
  #dismissed(sender, peer, gen, back) {
    if (!peer || peer.gen > gen) return

    this.#drop(peer)
    if (back) this.#meet(sender, gen + 1)
  }

  #declined(sender, peer) {
    if (peer?.connected) return
    if (peer) this.#drop(peer)
    this.#refuse(sender, "has as many connections as they take")
  }

  #signalled(sender, peer, gen, data) {
    let current = peer
    const known = peer?.gen ?? this.#gens.get(sender.key) ?? 0
    if (gen > known && data.fresh === true && isDescription(data.description)) {
      if (peer) this.#drop(peer)
      current = this.#meet(sender, gen)
    }
    if (current?.gen === gen) current.take(data)
    // Theirs is one that we know nothing of any more.
    else if (!current && isDescription(data.description) && !this.#refused.has(sender.key) && this.#accepts(sender)) {
      this.#sendTo(sender, { bye: true, back: true, gen: Math.max(gen, known) })
    }
  }

  // --- connections ---

  /** @returns {Peer|undefined} */
  #meet(sender, gen) {
    if (!this.#accepts(sender) || this.#closed || !this.#budget.take(sender.id, CONNECTING)) return
    // A page has one of these: what it had before is over, whether it said so or not.
    for (const other of [...this.#peers.values()]) {
      if (other.id === sender.id && other.session === sender.session && sender.session !== undefined) this.#drop(other)
    }
    if (this.#closed) return // by a handler
    if (this.#full) {
      this.#sendTo(sender, { busy: true, gen })
      return this.#refuse(sender, `is one more than ${this.#max}`)
    }
    const peer = this.#connectTo(sender, gen)
    if (!peer) return

    this.#remember(sender.key, gen)
    this.#peers.set(sender.key, peer)
    peer.offer(this.#stream)
    return peer
  }

  #connectTo(sender, gen) {
    try {
      const peer = new Peer({ ...sender, gen, polite: this.#call < sender.call }, { clock: this.#clock, connect: this.#connect }, {
        send: data => this.#sendTo(peer, { ...data, gen }),
        connected: () => this.#refused.delete(peer.key),
        stream: stream => this.#handlers.fire("stream", this.#member(peer), stream),
        lost: () => this.#handlers.fire("gone", this.#member(peer)),
        // They begin another one, and this side only answers.
        stuck: () => this.#drop(peer, { bye: true, back: true }),
        ended: error => this.#ended(peer, error)
      })
      return peer
    } catch (error) {
      // Servers that are none, or more connections than the browser has.
      this.#fail("failed", `The browser could not make a connection: ${error.message}`, { member: this.#member(sender), cause: error })
    }
  }

  #remember(key, gen) {
    this.#gens.delete(key)
    this.#gens.set(key, gen)
    if (this.#gens.size > REMEMBERED) this.#gens.delete(this.#gens.keys().next().value)
  }

  get #full() {
    return this.#peers.size >= this.#max
  }

  #accepts(sender) {
    try {
      return Boolean(this.#accept(this.#member(sender)))
    } catch (error) {
      report(error)
      return false
    }
  }

  #refuse(sender, why) {
    if (this.#refused.has(sender.key)) return

    // They go on saying hello, and are told of once.
    if (this.#refused.size >= REMEMBERED) this.#refused.clear()
    this.#refused.add(sender.key)
    const member = this.#member(sender)
    this.#fail("too_many_peers", `There is no connection with ${member.metas[0]?.name ?? member.id}, who ${why}.`, { member })
  }

  #ended(peer, error) {
    this.#drop(peer, { bye: true })
    if (error) this.#fail("failed", "The connection could not be made, or was lost.", { member: this.#member(peer), cause: error })
    // They may be there all the same, or somebody else may take the place.
    this.#hellos = 0
    this.#helloLater()
  }

  #drop(peer, goodbye = null) {
    if (this.#peers.get(peer.key) !== peer) return

    this.#peers.delete(peer.key)
    if (goodbye && this.#presence.has(peer.id)) this.#sendTo(peer, { ...goodbye, gen: peer.gen })
    peer.close()
    if (peer.shown) this.#handlers.fire("gone", this.#member(peer))
  }

  #member({ id, key }) {
    return Object.freeze({ id, joined_at: 0, metas: Object.freeze([]), ...this.#presence.get(id), key })
  }

  #sendTo({ id, session, call }, data) {
    this.#emit({ call: this.#call, peer: call, ...data }, { to: id, session })
  }

  #emit(data, to) {
    try {
      return this.#presence.emit(this.#event, data, to)
    } catch (error) {
      report(error)
      return false
    }
  }

  #fail(code, message, { member = null, cause = null } = {}) {
    this.#handlers.fire("error", Object.freeze({ code, message, member, cause }))
  }
}

function stop(stream) {
  stream?.getTracks().forEach(track => track.stop())
}
