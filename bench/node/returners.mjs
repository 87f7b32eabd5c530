// Pages whose server is restarted: presence_rs.js itself on the stock client of Rails, each page with a socket of its own.
// Says {"arrived"} once all lists are right; "restart" on its input has it say, once they are right again, how they came back.
//
//   node returners.mjs '{"address":"127.0.0.1:3000","number":100,"patience":60}'
import { createInterface } from "node:readline"
import WebSocket from "ws"
import { Tab } from "../../spec/javascript/support/stock.mjs"
import { wrongLists } from "./lists.mjs"

const { default: ActionCable } = await import("@rails/actioncable")
// As browsers have it; the tests of the module shorten these.
ActionCable.Connection.reopenDelay = 500
const { Presence } = await import("../../app/assets/javascripts/presence_rs.js")

const SECOND = 1_000
// Connections under way at a time, before the restart.
const AT_MOST = 50
const { address, number, patience } = JSON.parse(process.argv[2])
const present = Array.from({ length: number }, (_, place) => `${place}`)
const say = object => process.stdout.write(`${JSON.stringify(object)}\n`)
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

// What went over the sockets since the restart.
let seen
const forget = () => { seen = { back: new Map(), syncs: new Map(), states: 0, made: new Set() } }
forget()

ActionCable.adapters.WebSocket = class extends WebSocket {
  #user

  constructor(url, protocols) {
    super(url, protocols, { perMessageDeflate: false })
    this.#user = new URL(url).searchParams.get("user")
    this.on("message", buffer => this.#received(buffer.toString("utf8")))
  }

  #received(text) {
    if (text.startsWith('{"type":"welcome"') && !seen.back.has(this.#user)) seen.back.set(this.#user, performance.now())
    if (!text.includes('"type":"presence_state"')) return
    const { epoch, version } = JSON.parse(text).message
    seen.states += 1
    seen.made.add(`${epoch} ${version}`)
  }

  send(data) {
    // One that says how far the list is hands in the session that the page had, and is answered by that position, not by a state.
    if (data.includes("presence_sync") && !data.includes("epoch")) seen.syncs.set(this.#user, (seen.syncs.get(this.#user) ?? 0) + 1)
    super.send(data)
  }
}

const pages = []
const shown = () => pages.map(presence => ({ ids: presence.list().map(({ id }) => id), sampled: presence.sampled }))
const settled = () => pages.every(({ stale, count }) => !stale && count === pages.length)
const right = () => settled() && wrongLists(shown(), present.slice(0, pages.length)).length === 0

async function until(condition) {
  const end = performance.now() + patience * SECOND
  while (!condition() && performance.now() < end) await pause(20)
  return condition()
}

async function enter() {
  while (pages.length < number) {
    for (const user of present.slice(pages.length, pages.length + AT_MOST)) {
      const consumer = ActionCable.createConsumer(`ws://${address}/cable?user=${user}`)
      pages.push(new Presence(consumer, { channel: "PresenceChannel" }, { events: new Tab().events }))
    }
    if (!await until(settled)) return say({ failed: `of ${pages.length} pages not all came` })
  }
  await until(right) ? say({ arrived: pages.length }) : say({ failed: "the lists are not right" })
}

// The most of these moments that fall into one second.
const busiest = moments => Math.max(0, ...moments.map((from, at) => moments.slice(at).filter(moment => moment < from + SECOND).length))

async function comeBack() {
  // Before the lists are compared, which takes some time itself.
  let at
  const complete = await until(() => {
    at = performance.now()
    return seen.back.size === number && right()
  })
  const moments = [...seen.back.values()].sort((a, b) => a - b)
  const syncs = [...seen.syncs.values()]
  const [first, last] = [moments[0], moments.at(-1)]
  say({ complete, back: moments.length, span_ms: complete ? Math.round(last - first) : null, busiest: busiest(moments),
    right_ms: complete ? Math.round(at - first) : null, asked: syncs.length,
    most_syncs: Math.max(0, ...syncs), states: seen.states, made: seen.made.size, wrong: wrongLists(shown(), present).length })
}

createInterface({ input: process.stdin }).on("line", line => {
  if (line !== "restart") return process.exit(0)
  forget()
  comeBack()
})
await enter()
