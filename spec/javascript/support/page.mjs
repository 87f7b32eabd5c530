// A page with presence in it: a consumer, a clock, the page's events, and short ways to say what happens.
import { Presence } from "../../../app/assets/javascripts/presence_rs.js"
import { FakeCable } from "./cable.mjs"
import { ManualClock } from "./clock.mjs"

export const ROOM = { channel: "RoomChannel", id: 1 }

export function member(id, { at = 1, ...meta } = {}) {
  return { id, joined_at: at, metas: [{ name: id, ...meta }] }
}

export function state(version, ids, more = {}) {
  const members = ids.map((entry, index) => (typeof entry === "string" ? member(entry, { at: index + 1 }) : entry))
  return { type: "presence_state", topic: "room:1", epoch: "e1", version, count: members.length, heartbeat: 15, members, ...more }
}

export function diff(from, version, count, changes = {}) {
  return { type: "presence_diff", topic: "room:1", epoch: "e1", from, version, count, joins: [], leaves: [], updates: [], ...changes }
}

export function ack(version, count, more = {}) {
  return { type: "presence_ack", topic: "room:1", epoch: "e1", version, count, ...more }
}

export function session(resume, more = {}) {
  return { type: "presence_session", topic: "room:1", resume, heartbeat: 15, ...more }
}

// Resolves once the microtasks that are waiting have run.
export const settled = () => new Promise(resolve => setImmediate(resolve))

export class Page {
  clock = new ManualClock()
  cable = new FakeCable()
  window = new EventTarget()
  document = Object.assign(new EventTarget(), { visibilityState: "visible" })
  // The value that is drawn for each "random" moment.
  chance = 0.5
  identifier = JSON.stringify(ROOM)

  get options() {
    return { clock: this.clock, random: () => this.chance, events: { window: this.window, document: this.document } }
  }

  join(identifier = ROOM, options = {}) {
    return new Presence(this.cable, identifier, { ...this.options, ...options })
  }

  // A page that has its first list.
  static listed(ids = ["ada"], { version = 5 } = {}) {
    const page = new Page()
    page.presence = page.join()
    page.log = record(page.presence)
    page.cable.welcome()
    page.receive(session("r1"), state(version, ids))
    page.log.length = 0
    return page
  }

  receive(...messages) {
    for (const message of messages) this.cable.message(this.identifier, message)
  }

  // Time with the server's pings in it, every 3 s.
  pinged(ms) {
    for (let left = ms; left > 0; left -= 3_000) {
      this.clock.advance(Math.min(left, 3_000))
      if (this.cable.connection.isOpen()) this.cable.ping()
    }
  }

  show(visibilityState) {
    this.document.visibilityState = visibilityState
    this.document.dispatchEvent(new Event("visibilitychange"))
  }

  pagehide(persisted) { this.window.dispatchEvent(Object.assign(new Event("pagehide"), { persisted })) }
  pageshow(persisted) { this.window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted })) }
  offline() { this.window.dispatchEvent(new Event("offline")) }
  online() { this.window.dispatchEvent(new Event("online")) }
  resume() { this.document.dispatchEvent(new Event("resume")) }

  syncs() { return this.cable.actions("presence_sync") }
  heartbeats() { return this.cable.actions("presence_heartbeat").length }
}

export const ids = presence => presence.list().map(({ id }) => id)

// What the handlers were called with, in order, as short texts.
export function record(presence) {
  const log = []
  presence.onJoin(({ id }) => log.push(`join ${id}`))
  presence.onLeave(({ id, reason }) => log.push(["leave", id, reason].filter(Boolean).join(" ")))
  presence.onUpdate(({ id }) => log.push(`update ${id}`))
  presence.onSync(() => log.push("sync"))
  presence.onStale(stale => log.push(stale ? "stale" : "fresh"))
  presence.onError(({ code }) => log.push(`error ${code}`))
  presence.onMessage(data => log.push(`message ${JSON.stringify(data)}`))
  return log
}
