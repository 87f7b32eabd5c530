// An Action Cable server in small, over real sockets, with one room in it.
import { WebSocketServer } from "ws"

export class CableServer {
  // All that came in: { command, action?, … }, of whatever connection.
  received = []
  members = new Map()
  epoch = "e1"
  version = 0
  sockets = new Set()
  rejects = false
  heartbeat = 15
  // Swallows all that comes in and says nothing, as a proxy whose network is gone.
  silent = false
  #server
  #port
  #pings
  #waiting = new Set()
  #sessions = 0

  async listen(port = 0) {
    this.#server = new WebSocketServer({ port, host: "127.0.0.1", handleProtocols: () => "actioncable-v1-json" })
    await new Promise((resolve, reject) => this.#server.once("listening", resolve).once("error", reject))
    this.#port = this.#server.address().port
    this.#server.on("connection", socket => this.#connect(socket))
    this.#pings = setInterval(() => this.#each(socket => this.#send(socket, { type: "ping", message: Date.now() })), 50)
    return this
  }

  get url() { return `ws://127.0.0.1:${this.#port}/cable` }

  async close() {
    clearInterval(this.#pings)
    this.#each(socket => socket.terminate())
    await new Promise(resolve => this.#server.close(resolve))
  }

  // The same port, another process: it knows nobody.
  async restart() {
    await this.close()
    this.members.clear()
    this.epoch = `e${Number(this.epoch.slice(1)) + 1}`
    this.version = 0
    await this.listen(this.#port)
  }

  drop() { this.#each(socket => socket.close()) }

  join(id) { this.#publish({ joins: [this.#put(id)] }) }

  leave(id) {
    this.members.delete(id)
    this.#publish({ leaves: [{ id, reason: "left" }] })
  }

  // A change whose diff is lost on its way.
  joinUnseen(id) {
    this.#put(id)
    this.version += 1
  }

  say(message) {
    this.#each(socket => { for (const identifier of socket.followed) this.#send(socket, { identifier, message }) })
  }

  count(name) { return this.received.filter(({ command, action }) => (action ?? command) === name).length }
  of(name) { return this.received.filter(({ action }) => action === name) }

  // Resolves as soon as that is so; looks again at whatever comes in.
  async until(what, condition) {
    if (condition()) return
    await new Promise((resolve, reject) => {
      const check = () => {
        if (!condition()) return
        clearTimeout(timer)
        clearInterval(looking)
        this.#waiting.delete(check)
        resolve()
      }
      const looking = setInterval(check, 5)
      const timer = setTimeout(() => {
        clearInterval(looking)
        reject(new Error(`not so after 20 s: ${what}; received: ${JSON.stringify(this.received.slice(-8))}`))
      }, 20_000)
      this.#waiting.add(check)
    })
  }

  #each(work) { for (const socket of [...this.sockets]) work(socket) }
  #put(id) {
    const member = { id, joined_at: Date.now() / 1_000, metas: [{ name: id }] }
    this.members.set(id, member)
    return member
  }

  #publish(changes) {
    const from = this.version++
    this.say({ type: "presence_diff", topic: "room:1", epoch: this.epoch, from, version: this.version, count: this.members.size,
      joins: [], leaves: [], updates: [], ...changes })
  }

  #send(socket, object) {
    if (!this.silent && socket.readyState === socket.OPEN) socket.send(JSON.stringify(object))
  }

  #connect(socket) {
    socket.followed = new Set()
    this.sockets.add(socket)
    socket.on("close", () => this.sockets.delete(socket))
    socket.on("message", text => this.#command(socket, JSON.parse(text)))
    this.#send(socket, { type: "welcome" })
  }

  #command(socket, { command, identifier, data }) {
    if (this.silent) return

    // The stock client asks again where a confirmation takes long.
    if (command === "subscribe" && socket.followed.has(identifier)) return

    const action = data ? JSON.parse(data) : {}
    this.received.push({ command, ...action })
    if (command === "subscribe") this.#subscribe(socket, identifier)
    if (command === "unsubscribe") socket.followed.delete(identifier)
    if (socket.followed.has(identifier)) this.#act(socket, identifier, action)
    for (const check of [...this.#waiting]) check()
  }

  #subscribe(socket, identifier) {
    if (this.rejects) return this.#send(socket, { identifier, type: "reject_subscription" })
    socket.followed.add(identifier)
    this.#send(socket, { identifier, type: "confirm_subscription" })
    const session = { type: "presence_session", topic: "room:1", resume: `resume-${++this.#sessions}`, heartbeat: this.heartbeat }
    this.#send(socket, { identifier, message: session })
    this.#state(socket, identifier)
  }

  #act(socket, identifier, { action }) {
    if (action === "presence_sync") this.#state(socket, identifier)
    if (action === "presence_heartbeat") {
      const message = { type: "presence_ack", topic: "room:1", epoch: this.epoch, version: this.version, count: this.members.size }
      this.#send(socket, { identifier, message })
    }
  }

  #state(socket, identifier) {
    const message = { type: "presence_state", topic: "room:1", epoch: this.epoch, version: this.version, count: this.members.size,
      heartbeat: this.heartbeat, members: [...this.members.values()] }
    this.#send(socket, { identifier, message })
  }
}
