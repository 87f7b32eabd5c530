// What stands for a page that others talk to: a socket that notes when something came in. As light as can be, since a
// thousand of them share one process; what many are sent alike is parsed once.
import { WebSocket } from "ws"

const SECOND = 1_000

// Milliseconds, the same for all of this process.
export const now = () => performance.now()

let last = null
function parse(buffer, from = 0) {
  const text = buffer.toString("latin1", from)
  if (last?.text !== text) last = { text, data: JSON.parse(buffer.toString("utf8", from)) }
  return last.data
}

class Talker {
  messages = 0
  bytes = 0
  delays = []
  errors = new Map()
  process = null

  constructor(url, protocols, user) {
    this.user = user
    this.ready = new Promise((resolve, reject) => { Object.assign(this, { resolve, reject }) })
    this.ws = new WebSocket(url, protocols, { perMessageDeflate: false, skipUTF8Validation: true })
    this.ws.on("message", buffer => this.received(buffer))
    this.ws.on("error", error => this.reject(error))
  }

  // A cheer, by when it was sent.
  heard({ at }, buffer) {
    this.messages += 1
    this.bytes += buffer.length
    this.delays.push(now() - at)
  }

  reset() {
    Object.assign(this, { messages: 0, bytes: 0, delays: [] })
  }

  end() {
    clearInterval(this.beats)
    this.ws.terminate()
  }
}

class CableTalker extends Talker {
  constructor(address, user) {
    super(`ws://${address}/cable?user=${user}`, ["actioncable-v1-json"], user)
    this.identifier = JSON.stringify({ channel: this.constructor.channel })
  }

  received(buffer) {
    if (buffer.length < 64 && buffer.includes('"ping"')) return
    const data = parse(buffer)
    if (data.type === "welcome") this.ws.send(JSON.stringify({ command: "subscribe", identifier: this.identifier }))
    if (data.type === "reject_subscription" || data.type === "disconnect") this.reject(new Error(data.type))
    if (data.message) this.told(data.message, buffer)
    if (data.type === "confirm_subscription") this.confirmed()
  }

  confirmed() {}

  perform(action, data = {}) {
    this.ws.send(JSON.stringify({ command: "message", identifier: this.identifier, data: JSON.stringify({ ...data, action }) }))
  }
}

class PresenceTalker extends CableTalker {
  static channel = "PresenceChannel"
  #seq = 0
  // When each newcomer was seen.
  comers = []

  told(message, buffer) {
    if (message.type === "presence_event") this.heard(message.data, buffer)
    else if (message.type === "presence_diff") for (const { id } of message.joins) this.comers.push([id, now()])
    else if (message.type === "presence_state") this.resolve()
    else if (message.type === "presence_session") this.beats ??= setInterval(() => this.perform("presence_heartbeat"), message.heartbeat * SECOND)
    else if (message.type === "presence_error") this.errors.set(message.code, (this.errors.get(message.code) ?? 0) + 1)
    if (message.pid) this.process = message.pid
  }

  cheer(data) {
    this.perform("presence_emit", { event: "cheer", data, seq: ++this.#seq })
  }

  reset() {
    super.reset()
    this.comers = []
  }
}

class StockTalker extends CableTalker {
  static channel = "StockChannel"

  // Confirmed before the stream is there; and there is no way to know when it is.
  confirmed() { setTimeout(() => this.resolve(), SECOND) }
  told(data, buffer) { this.heard(data, buffer) }
  cheer(data) { this.perform("cheer", data) }
}

/** socket.io's protocol, without its client. */
class SocketIoTalker extends Talker {
  constructor(address, user) {
    super(`ws://${address}/socket.io/?EIO=4&transport=websocket&user=${user}`, [], user)
  }

  received(buffer) {
    if (buffer[0] === 0x32) return this.ws.send("3")
    if (buffer[0] === 0x30) return this.ws.send("40")
    if (buffer.subarray(0, 2).toString() === "40") return this.resolve()
    this.heard(parse(buffer, 2)[1], buffer)
  }

  cheer(data) { this.ws.send(`42${JSON.stringify(["cheer", data])}`) }
}

export const TALKERS = { presence: PresenceTalker, stock: StockTalker, socketio: SocketIoTalker }
