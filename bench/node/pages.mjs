// What stands for a page of each way to tell who is there: a socket, and the list that it adds up to. As light as can be,
// since thousands of them share one process with nothing but a core of the machine; what many are sent alike is parsed once.
import { WebSocket } from "ws"

const SECOND = 1_000
const PARSED = 64

const parsed = new Map()

// Messages come as Buffers. What many pages get is the same text, most often right after each other.
function parse(buffer) {
  const text = buffer.toString("latin1")
  const known = parsed.get(text)
  if (known) return known

  const data = JSON.parse(buffer.toString("utf8"))
  if (text.length > 200) {
    if (parsed.size >= PARSED) parsed.delete(parsed.keys().next().value)
    parsed.set(text, data)
  }
  return data
}

class Socket {
  messages = 0
  joined = false
  failed = null

  constructor(url, protocols, { onJoined, onFailed }) {
    this.onJoined = onJoined
    this.ws = new WebSocket(url, protocols, { perMessageDeflate: false, skipUTF8Validation: true })
    this.ws.on("message", buffer => this.received(buffer))
    this.ws.on("error", error => { this.failed ??= error.message })
    this.ws.on("close", code => {
      this.failed ??= this.ended ? null : `closed (${code})`
      onFailed(this)
    })
  }

  get bytes() {
    return this.ws._socket?.bytesRead ?? 0
  }

  hasJoined() {
    if (this.joined) return
    this.joined = true
    this.onJoined(this)
  }

  end() {
    this.ended = true
    this.ws.terminate()
  }
}

/** A subscription of Action Cable's. */
class CablePage extends Socket {
  pings = 0

  constructor(address, user, events) {
    super(`ws://${address}/cable?user=${user}`, ["actioncable-v1-json"], events)
    this.identifier = JSON.stringify({ channel: this.constructor.channel })
  }

  received(buffer) {
    // Without parsing it: one every three seconds, to everybody.
    if (buffer.length < 64 && buffer.includes('"ping"')) return void (this.pings += 1)

    const data = parse(buffer)
    this.messages += 1
    if (data.type === "welcome") return this.ws.send(JSON.stringify({ command: "subscribe", identifier: this.identifier }))
    if (data.type === "reject_subscription" || data.type === "disconnect") this.failed = data.type
    if (data.message) this.told(data.message)
    if (data.type === "confirm_subscription") this.hasJoined()
  }

  perform(action, data = {}) {
    this.ws.send(JSON.stringify({ command: "message", identifier: this.identifier, data: JSON.stringify({ ...data, action }) }))
  }
}

export class FloorPage extends CablePage {
  static channel = "FloorChannel"
  told() {}
  agrees() { return this.joined }
  get ids() { return null }
}

/** A list kept by states and diffs, as presence_rs.js keeps it. */
export class PresencePage extends CablePage {
  static channel = "PresenceChannel"
  epoch = null
  version = 0
  count = 0
  sampled = false
  list = new Set()
  #asked = false
  #beats = null

  told(data) {
    if (data.type === "presence_session") this.#beat(data.heartbeat)
    if (data.type === "presence_state") this.#state(data)
    else if (data.type === "presence_diff") this.#diff(data)
    else if (data.type === "presence_ack" && (data.epoch !== this.epoch || data.version !== this.version)) this.#ask(0)
    else if (data.type === "presence_error") this.failed = data.message
  }

  #state({ epoch, version, count, members, sample }) {
    this.#asked = false
    Object.assign(this, { epoch, version, count, sampled: sample === true, list: new Set(members.map(({ id }) => id)) })
  }

  #diff(diff) {
    if (this.epoch === null || (diff.epoch === this.epoch && diff.version <= this.version)) return
    if (diff.epoch !== this.epoch || diff.from > this.version) return this.#ask(0)
    // All pages learn so from the same diff, and ask at a random moment within a second.
    if ((diff.sample === true) !== this.sampled) return this.#ask(Math.random() * SECOND)

    this.version = diff.version
    this.count = diff.count
    for (const { id } of diff.joins) this.list.add(id)
    for (const { id } of diff.leaves) this.list.delete(id)
  }

  #ask(after) {
    if (this.#asked) return
    this.#asked = true
    setTimeout(() => this.perform("presence_sync"), after)
  }

  #beat(seconds) {
    this.#beats ??= setInterval(() => this.perform("presence_heartbeat"), seconds * SECOND)
  }

  agrees(number) {
    return this.count === number && (this.sampled ? this.list.size > 0 : this.list.size === number)
  }

  get ids() { return this.list }

  get position() { return `${this.epoch} ${this.version} ${this.sampled}` }

  end() {
    clearInterval(this.#beats)
    super.end()
  }
}

export class StockPage extends CablePage {
  static channel = "StockChannel"
  list = new Set()

  told({ list, join, leave }) {
    for (const { id } of list ?? []) this.list.add(id)
    if (join) this.list.add(join.id)
    if (leave) this.list.delete(leave)
  }

  agrees(number) { return this.list.size === number }
  get ids() { return this.list }
}

/**
 * socket.io's protocol, without its client: that would parse every list, of which only the last counts here. It is to the
 * advantage of the service, as the pages that it serves would have to.
 */
export class SocketIoPage extends Socket {
  #last = null

  constructor(address, user, events) {
    super(`ws://${address}/socket.io/?EIO=4&transport=websocket&user=${user}`, [], events)
  }

  received(buffer) {
    const kind = String.fromCharCode(buffer[0])
    if (kind === "2") return this.ws.send("3")
    if (kind === "0") return this.ws.send("40")
    this.messages += 1
    if (buffer[1] === 0x30) return this.hasJoined() // "40", the namespace is there
    this.#last = buffer
  }

  agrees(number) { return this.ids.length === number }

  get ids() { return this.#last === null ? [] : JSON.parse(this.#last.toString("utf8", 2))[1].map(({ id }) => id) }
}

export const PAGES = { floor: FloorPage, presence: PresencePage, stock: StockPage, socketio: SocketIoPage }
