// A server in small that keeps the promises of the protocol, and a network that keeps none while it is told so.

// Numbers from 0 to below 1, the same for the same seed.
export function randomFrom(seed) {
  let bits = (seed * 2_654_435_761) >>> 0 || 1
  const next = () => {
    bits ^= bits << 13
    bits ^= bits >>> 17
    bits ^= bits << 5
    return (bits >>> 0) / 2 ** 32
  }
  for (let warmUp = 0; warmUp < 8; warmUp++) next()
  return next
}

export const TTL = 45_000
const TOPIC = "room:1"

// One topic: what is true (`members`), and what the diffs so far add up to (`shown`).
export class ModelServer {
  members = new Map()
  shown = new Map()
  epoch = ""
  version = 0
  sampled = false
  followers = new Set()
  #clock
  #random
  #limit
  #epochs = 0
  #resumes = 0

  constructor(clock, random, { limit }) {
    this.#clock = clock
    this.#random = random
    this.#limit = limit
  }

  // --- what people do ---

  change() {
    const id = `m${Math.floor(this.#random() * this.#limit * 1.6)}`
    const dice = this.#random()
    if (dice < 0.5) this.#put(id, { step: Math.floor(this.#random() * 1_000) })
    else if (dice < 0.95) this.members.delete(id)
    else this.members.clear()
  }

  #put(id, meta) {
    this.members.set(id, { id, joined_at: this.members.get(id)?.joined_at ?? this.#clock.now() / 1_000, metas: [meta] })
  }

  // Another life: whatever was, its epoch and its versions are gone.
  restart() {
    this.members = new Map()
    this.shown = new Map()
    this.epoch = ""
    this.version = 0
    this.sampled = false
    this.followers.clear()
    for (let index = 0; index < 3; index++) this.change()
  }

  publish() {
    const [joins, leaves, updates] = [[], [], []]
    for (const [id, member] of this.members) {
      const shown = this.shown.get(id)
      if (!shown) joins.push(member)
      else if (JSON.stringify(shown) !== JSON.stringify(member)) updates.push(member)
    }
    for (const id of this.shown.keys()) if (!this.members.has(id)) leaves.push({ id, reason: "left" })
    if (joins.length + leaves.length + updates.length === 0) return

    if (this.shown.size === 0) {
      this.epoch = `e${++this.#epochs}`
      this.version = 0
    }
    const from = this.version
    this.version += 1
    this.shown = new Map(this.members)
    const count = this.shown.size
    this.sampled = this.sampled ? count >= this.#limit * 0.8 : count > this.#limit
    const message = { type: "presence_diff", topic: TOPIC, epoch: this.epoch, from, version: this.version, count, joins, leaves, updates }
    if (this.sampled) Object.assign(message, { sample: true, joins: [], leaves: [], updates: [] })
    for (const follower of this.followers) this.#send(follower, message)
    if (count === 0) {
      this.epoch = ""
      this.version = 0
      this.sampled = false
    }
  }

  // --- what sockets say ---

  subscribe(send) {
    const follower = { send, heardAt: this.#clock.now(), last: null, syncedAt: -Infinity }
    this.followers.add(follower)
    send({ type: "presence_session", topic: TOPIC, resume: `r${++this.#resumes}`, heartbeat: 15 })
    this.#state(follower)
    return follower
  }

  action(follower, action) {
    const silent = this.#clock.now() - follower.heardAt >= TTL
    follower.heardAt = this.#clock.now()
    if (action === "presence_heartbeat") {
      if (silent || !follower.last) return this.#state(follower)
      const [epoch, version, count] = follower.last
      follower.send({ type: "presence_ack", topic: TOPIC, epoch, version, count })
    }
    if (action === "presence_sync" && this.#clock.now() - follower.syncedAt >= 1_000) {
      follower.syncedAt = this.#clock.now()
      this.#state(follower)
    }
  }

  #state(follower) {
    this.publish()
    const members = [...this.shown.values()].slice(0, this.sampled ? 3 : undefined)
    this.#send(follower, {
      type: "presence_state", topic: TOPIC, epoch: this.epoch, version: this.version, count: this.shown.size, heartbeat: 15, members,
      ...(this.sampled ? { sample: true } : {})
    })
  }

  #send(follower, message) {
    if (message.type === "presence_diff" && this.#clock.now() - follower.heardAt >= TTL) {
      follower.last = null
      return
    }
    if (message.type === "presence_diff" && !follower.last) return

    follower.last = [message.epoch, message.version, message.count]
    follower.send(message)
  }
}

// Carries what a page's FakeCable and the server say to each other, and plays the stock client's own part: pings,
// reconnecting, asking for a subscription until it is confirmed.
export class Network {
  faulty = false
  down = false
  #page
  #server
  #random
  #follower = null
  #pending = new Set()
  #age = 0

  constructor(page, server, random) {
    this.#page = page
    this.#server = server
    this.#random = random
    const { cable } = page
    cable.confirms = false
    cable.serve = command => {
      if (command.command === "subscribe") this.#pending.add(command.identifier)
      if (command.command === "unsubscribe") this.#pending.delete(command.identifier)
      this.#carry(true, () => this.#arrive(command), command.command ? 200 : undefined)
    }
    const { confirm } = cable
    cable.confirm = identifier => {
      this.#pending.delete(identifier)
      confirm.call(cable, identifier)
    }
    const { connection } = cable
    const { open } = connection
    connection.open = (...all) => open.apply(connection, all) && (this.#connect(), true)
    this.#every(3_000, () => { if (connection.isOpen() && !this.down) cable.ping() })
    this.#every(500, () => {
      for (const identifier of this.#pending) cable.send({ command: "subscribe", identifier })
    })
    this.#every(7_000, () => connection.open())
  }

  // From here on it is a good network; what was still under way is lost.
  recover() {
    this.faulty = this.down = false
    this.#age += 1
  }

  drop() {
    this.#server.followers.delete(this.#follower)
    this.#follower = null
    this.#pending.clear()
    if (this.#page.cable.connection.isOpen()) this.#page.cable.drop()
  }

  #every(ms, work) {
    const again = () => {
      work()
      this.#page.clock.setTimeout(again, ms)
    }
    this.#page.clock.setTimeout(again, ms)
  }

  #connect() {
    const { webSocket } = this.#page.cable.connection
    this.#page.clock.setTimeout(() => {
      if (this.#page.cable.connection.webSocket !== webSocket || webSocket.readyState !== 0) return
      if (this.down) return this.#page.cable.fail()
      this.#server.followers.delete(this.#follower)
      this.#follower = null
      this.#page.cable.welcome()
    }, 50)
  }

  #arrive({ command, identifier, action }) {
    const { cable } = this.#page
    if (command === "subscribe") {
      // As Action Cable does: a second one is ignored, without a word.
      if (this.#follower) return
      this.#carry(true, () => cable.confirm(identifier))
      this.#follower = this.#server.subscribe(message => this.#carry(true, () => cable.message(identifier, message)))
    } else if (command === "unsubscribe" || action === "presence_leave") {
      this.#server.followers.delete(this.#follower)
      if (command) this.#follower = null
    } else if (this.#follower) {
      this.#server.action(this.#follower, action)
    }
  }

  // On the socket as it is now; in order, unless something goes wrong. The order of commands is the server's own doing,
  // whose threads are not that far apart.
  #carry(lossy, deliver, apart = 4_000) {
    if (this.down) return

    const age = this.#age
    const { webSocket } = this.#page.cable.connection
    const later = delay => this.#page.clock.setTimeout(() => {
      if (age === this.#age && this.#page.cable.connection.webSocket === webSocket && this.#page.cable.connection.isOpen()) deliver()
    }, delay)
    if (!this.faulty || !lossy) return void later(40)

    const dice = this.#random()
    if (dice < 0.12) return
    later(dice < 0.35 ? this.#random() * apart : 40)
    if (dice > 0.9) later(this.#random() * apart * 2)
  }
}
