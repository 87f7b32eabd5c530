// A topic in memory, whose members have what Peers need of a Presence: events, a list, and who they are.
import { ManualClock } from "./clock.mjs"
import { settled } from "./page.mjs"

export class Bus {
  clock = new ManualClock()
  members = []
  // All that was emitted: { from, data, to }.
  said = []
  // Which of it gets lost.
  loses = () => false

  join(id, session) {
    const member = new BusPresence(this, id, session)
    this.members.push(member)
    for (const other of this.members) if (other !== member) other.fire("sync")
    return member
  }

  leave(member, reason = "left") {
    this.members = this.members.filter(other => other !== member)
    if (this.members.some(({ id }) => id === member.id)) return
    for (const other of [...this.members, member]) other.fire("leave", { id: member.id, metas: [], reason })
  }

  // Later, as a network does, in order.
  carry(from, event, data, to = {}) {
    const entry = { from: { id: from.id, session: from.session }, event, data: JSON.parse(JSON.stringify(data)), to }
    this.said.push(entry)
    if (this.loses(entry)) return
    setImmediate(() => {
      for (const member of this.members) {
        const meant = to.to === undefined || (to.to === member.id && (to.session === undefined || to.session === member.session))
        if (meant && member.session !== entry.from.session) member.fire(`event ${event}`, structuredClone(entry.data), entry.from)
      }
    })
  }

  // What was said, by its kind.
  kinds(list = this.said) {
    return list.map(({ data }) => data.description?.type ?? Object.keys(data).find(key => !["call", "peer", "gen", "n", "fresh"].includes(key)))
  }

  async settle(rounds = 40) {
    for (let round = 0; round < rounds; round++) await settled()
  }

  // Time, with all that comes of it.
  async pass(ms, step = 250) {
    for (let left = ms; left > 0; left -= step) {
      this.clock.advance(Math.min(step, left))
      await this.settle(8)
    }
  }
}

class BusPresence {
  stale = false
  sampled = false
  #handlers = new Map()

  constructor(bus, id, session) {
    Object.assign(this, { bus, id, session })
  }

  emit(event, data, to) {
    if (this.session === null || !this.bus.members.includes(this)) return false
    this.bus.carry(this, event, data, to)
    return true
  }

  on(event, handler) { return this.#add(`event ${event}`, handler) }
  onLeave(handler) { return this.#add("leave", handler) }
  onSync(handler) { return this.#add("sync", handler) }
  onStale(handler) { return this.#add("stale", handler) }

  has(id) { return this.bus.members.some(member => member.id === id) }
  get(id) { return this.has(id) ? { id, joined_at: 1, metas: [{ name: id.toUpperCase() }] } : undefined }

  get handlers() { return [...this.#handlers.values()].reduce((sum, set) => sum + set.size, 0) }

  fire(name, ...values) { for (const handler of [...(this.#handlers.get(name) ?? [])]) handler(...values) }

  #add(name, handler) {
    if (!this.#handlers.has(name)) this.#handlers.set(name, new Set())
    this.#handlers.get(name).add(handler)
    return () => this.#handlers.get(name).delete(handler)
  }
}
