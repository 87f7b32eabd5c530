// A proxy on the messages between pages and a server, which loses, delays, repeats and reorders them, closes sockets and
// falls silent, as a seed has it; until it is told to be calm.
import { createServer } from "node:http"
import { WebSocket, WebSocketServer } from "ws"

const LOST = 0.04
const DELAYED = 0.1
const TWICE = 0.04
const LONGEST_DELAY = 1_200

// Twice a second, for each connection; and one of each for certain every so many times.
const CLOSED = 0.015
const SILENT = 0.02
const CERTAIN = 6

/** @returns {function(): number} from 0 to below 1, the same ones for the same seed */
export function numbers(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One page's connection, and the proxy's own to the server. */
class Passage {
  #random
  #proxy
  #page
  #server
  #held = []
  #silent = false
  #buried = false

  constructor(proxy, page, target) {
    this.#proxy = proxy
    this.#random = proxy.random
    this.#page = page
    this.#server = new WebSocket(target, ["actioncable-v1-json"], { perMessageDeflate: false })
    const waiting = []
    page.on("message", data => (this.#server.readyState === WebSocket.CONNECTING ? waiting.push(data) : this.#pass(data, this.#server)))
    this.#server.on("open", () => waiting.forEach(data => this.#pass(data, this.#server)))
    this.#server.on("message", data => this.#pass(data, page))
    page.on("close", () => this.#buried || this.close())
    this.#server.on("close", () => this.close())
    for (const side of [page, this.#server]) side.on("error", () => this.close())
  }

  #pass(data, to) {
    if (this.#buried) return
    if (this.#silent) return void this.#held.push([data, to])
    if (!this.#proxy.rough) return this.#send(data, to)

    const chance = this.#random()
    if (chance < LOST) return this.#proxy.count("lost")
    if (chance < LOST + DELAYED) {
      this.#proxy.count("delayed")
      return void setTimeout(() => this.#send(data, to), this.#random() * LONGEST_DELAY)
    }
    this.#send(data, to)
    if (chance < LOST + DELAYED + TWICE) {
      this.#proxy.count("twice")
      setTimeout(() => this.#send(data, to), this.#random() * LONGEST_DELAY)
    }
  }

  #send(data, to) {
    if (!this.#buried && to.readyState === WebSocket.OPEN) to.send(data.toString())
  }

  /** Now and then. */
  turn() {
    const chance = this.#random()
    if (chance < CLOSED) this.drop()
    else if (chance < CLOSED + SILENT) this.silence()
  }

  drop() {
    if (this.#buried) return
    this.#proxy.count("closed")
    this.close()
  }

  /** For a while nothing arrives; then all of it does, or the connection is found to be dead. */
  silence() {
    if (this.#buried || this.#silent) return
    this.#proxy.count("silent")
    this.#silent = true
    const survives = this.#random() < 0.5
    setTimeout(() => (survives ? this.resume() : this.close()), 1_000 + this.#random() * 3_000)
  }

  /** What was held back goes on, in its order. */
  resume() {
    this.#silent = false
    for (const [data, to] of this.#held.splice(0)) this.#send(data, to)
  }

  /** The page is gone, and the server is not told. */
  bury() {
    this.#buried = true
  }

  close() {
    this.#proxy.passages.delete(this)
    this.#page.terminate()
    this.#server.terminate()
  }
}

export class FaultyProxy {
  rough = true
  passages = new Set()
  faults = { lost: 0, delayed: 0, twice: 0, closed: 0, silent: 0 }
  #turns = 0

  /**
   * @param {string} target host and port
   * @param {function(): number} random
   * @param {function(object)} shown gets what pages say that they show
   */
  constructor(target, random, shown) {
    this.random = random
    this.http = createServer((request, response) => {
      const parts = []
      request.on("data", part => parts.push(part))
      request.on("end", () => {
        if (request.method === "POST" && parts.length > 0) shown(JSON.parse(Buffer.concat(parts).toString()))
        response.end()
      })
    })
    const sockets = new WebSocketServer({ server: this.http, perMessageDeflate: false })
    sockets.on("connection", (page, { url }) => {
      const passage = new Passage(this, page, `ws://${target}${url}`)
      passage.as = new URL(url, "http://x").searchParams.get("as")
      this.passages.add(passage)
    })
    setInterval(() => { if (this.rough) this.#turn() }, 500).unref()
  }

  #turn() {
    for (const passage of [...this.passages]) passage.turn()
    if (++this.#turns % CERTAIN > 0) return
    for (const fault of ["drop", "silence"]) [...this.passages][Math.floor(this.random() * this.passages.size)]?.[fault]()
  }

  /** @returns {Promise<number>} its port */
  listen() {
    return new Promise(resolve => this.http.listen(0, "127.0.0.1", () => resolve(this.http.address().port)))
  }

  count(fault) {
    this.faults[fault]++
  }

  bury(as) {
    for (const passage of this.passages) if (passage.as === as) passage.bury()
  }

  /** From here on everything arrives, once and in order. */
  calm() {
    this.rough = false
    for (const passage of this.passages) passage.resume()
  }
}
