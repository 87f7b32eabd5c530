// Nobody any more, or not here.
const REFUSALS = [401, 403]

/**
 * Keeps one tab on a topic with nothing but HTTP.
 *
 *     const presence = new HttpPresence("/presence/http", { name: "Ada" })
 *     await presence.join()
 *     (await presence.members()).map(member => member.id)
 *     presence.leave()
 *
 * A hidden tab's timers run once a minute at last: without a socket, a ttl below that
 * lets people in hidden tabs go, and the next heartbeat brings them back.
 */
export class HttpPresence {
  #path
  #meta
  #session = Array.from(crypto.getRandomValues(new Uint32Array(4)), word => word.toString(16)).join("")
  #timer
  #heartbeat = 15
  #heard = Date.now()
  #ended = () => {}

  /** Seconds that this tab may be silent, as the server says. */
  ttl = null

  constructor(path, meta) {
    this.#path = path
    this.#meta = meta
  }

  async join() {
    const asked = Date.now()
    this.#timer = undefined
    const answer = await this.#post({ session: this.#session, meta: this.#meta })
    // Stopped meanwhile.
    if (this.#timer === null) return
    if (answer.ok) {
      const { ttl, heartbeat } = await answer.json()
      this.#heard = asked
      this.ttl = ttl
      this.#heartbeat = heartbeat
    }
    if (REFUSALS.includes(answer.status)) return this.#end()
    this.#later()
  }

  /** Calls back when this session was ended by somebody: signed out elsewhere, or sent away. */
  onEnded(handler) {
    this.#ended = handler
  }

  /** The goodbye of a page that is left: a beacon is sent even then. */
  leave() {
    this.stop()
    navigator.sendBeacon(`${this.#path}/leave`, JSON.stringify({ session: this.#session }))
  }

  /** No word from here on. */
  stop() {
    clearTimeout(this.#timer)
    this.#timer = null
  }

  async members() {
    const answer = await fetch(this.#path)
    if (!answer.ok) throw new Error(`GET ${this.#path} was answered with ${answer.status}`)
    return (await answer.json()).members
  }

  // `touch` keeps alive only what is live, so that a late heartbeat undoes no leave. 410: it was not. After a silence of a ttl
  // and more, as of a laptop that slept, it has expired, and may come back. Sooner than that somebody has ended it, as a
  // sign-out does, and a page that came back would undo that. The server has heard a word at some moment between its
  // question and its answer, which may be far apart, as where the sleep came in between: so the silence lasts from the
  // question of the last word that it heard to the answer of this one.
  async #beat() {
    const asked = Date.now()
    const answer = await this.#post({ session: this.#session, touch: true })
    const silence = (Date.now() - this.#heard) / 1000
    if (this.#timer === null) return
    if (answer.ok) this.#heard = asked
    if (answer.status === 410 && silence >= this.ttl) return this.join()
    if (answer.status === 410 || REFUSALS.includes(answer.status)) return this.#end()
    this.#later()
  }

  #end() {
    this.stop()
    this.#ended()
  }

  #later() {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#beat(), this.#heartbeat * 1000)
  }

  // No answer is no reason to stop: the network may be back at the next heartbeat.
  async #post(body) {
    try {
      return await fetch(this.#path, { method: "POST", body: JSON.stringify(body) })
    } catch {
      return new Response(null, { status: 503 })
    }
  }
}
