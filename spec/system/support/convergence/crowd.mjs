// Fifty pages without a browser, behind a proxy that makes trouble, coming and going so that the room is now over its
// list_limit and now under it; and an eye on what all pages show, those in browsers too.
//
//   node crowd.mjs '{"target":"127.0.0.1:3000","seed":1,"seconds":15,"ttl":16,"limit":40}'
//
// Says {"port"}; on "calm" ends the trouble and says what there was; on "look" compares all lists with the server's.
import { createInterface } from "node:readline"
import { Tab } from "../../../javascript/support/stock.mjs"
import { FaultyProxy, numbers } from "./faults.mjs"

const { target, seed, seconds, ttl, limit } = JSON.parse(process.argv[2])
// As browsers have it; the tests of the module shorten these.
const { default: ActionCable } = await import("@rails/actioncable")
ActionCable.ConnectionMonitor.staleThreshold = 6
ActionCable.Connection.reopenDelay = 500
const { Presence } = await import("../../../../app/assets/javascripts/presence_rs.js")

const SECOND = 1_000
const MOST = 50
const random = numbers(seed)
const pick = list => list[Math.floor(random() * list.length)]
const say = object => process.stdout.write(`${JSON.stringify(object)}\n`)
const started = performance.now()
const elapsed = () => (performance.now() - started) / SECOND
const wrong = []

// --- what is shown, and what is true ---

const truth = { members: [], ids: new Set(), known: false }
const goneSince = new Map()
const browsers = new Map()

async function ask() {
  const state = await (await fetch(`http://${target}/truth`, { signal: AbortSignal.timeout(5 * SECOND) })).json()
  const ids = new Set(state.members.map(({ id }) => id))
  if (!state.sample) {
    for (const id of truth.ids) if (!ids.has(id) && !goneSince.has(id)) goneSince.set(id, elapsed())
    truth.ids = ids
  }
  // Of a sample only who is in it is known.
  for (const id of ids) goneSince.delete(id)
  return state
}

function judge({ page, sampled, stale, members }) {
  if (sampled) return
  for (const { id } of members) {
    const gone = elapsed() - (goneSince.get(id) ?? Infinity)
    if (gone > ttl + 2) wrong.push(`${page} showed ${id} ${gone.toFixed(1)} s after they had gone${stale ? ", and knew that it might be wrong" : ""}`)
  }
}

const proxy = new FaultyProxy(target, random, shown => {
  browsers.set(shown.page, { ...shown, at: elapsed() })
  judge(shown)
})
const port = await proxy.listen()

// --- the crowd ---

const people = new Map()
let born = 0

class Person {
  constructor() {
    this.id = `p${born++}`
    this.tab = new Tab()
    this.consumer = ActionCable.createConsumer(`ws://127.0.0.1:${port}/cable?as=${this.id}`)
    this.presence = new Presence(this.consumer, { channel: "RoomChannel" }, { events: this.tab.events })
    people.set(this.id, this)
  }

  get shown() {
    const { count, sampled, stale } = this.presence
    return { page: this.id, count, sampled, stale, members: this.presence.list() }
  }

  type() {
    this.presence.update({ n: Math.floor(random() * 1_000) })
  }

  // Closes the tab; or its process is killed; or its machine is switched off, and nobody is told.
  go(how) {
    people.delete(this.id)
    if (how === "unplugged") proxy.bury(this.id)
    if (how === "closed") this.tab.fire("pagehide", { persisted: false })
    this.consumer.disconnect()
  }
}

// Under the limit, over it, under it, and in the end one of the two.
const finish = random() < 0.5 ? Math.ceil(limit * 0.6) : MOST
function wanted() {
  const part = elapsed() / seconds
  if (part < 0.2) return Math.floor(limit * 0.7)
  if (part < 0.5) return MOST
  return part < 0.8 ? Math.floor(limit * 0.55) : finish
}

const life = setInterval(() => {
  for (let n = Math.min(6, wanted() - people.size); n > 0; n--) new Person()
  for (let n = Math.min(6, people.size - wanted()); n > 0; n--) pick([...people.values()]).go(pick(["closed", "killed", "unplugged"]))
  if (random() < 0.3) pick([...people.values()])?.go(pick(["closed", "killed", "unplugged"]))
  for (let n = 0; n < 3; n++) pick([...people.values()])?.type()
}, 500)

// The server is away for a while: what was true before it went is not known to be wrong.
setInterval(() => { ask().catch(() => {}) }, 250)
setInterval(() => { for (const { shown } of people.values()) judge(shown) }, 250)

// --- what is asked for ---

const byId = members => JSON.stringify([...members].sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ id, joined_at, metas }) => [id, joined_at, metas]))

function differences(state) {
  const right = byId(state.members)
  const pages = [...[...people.values()].map(({ shown }) => shown), ...browsers.values()]
  return pages.filter(({ stale, sampled, count, members }) =>
    stale || count !== state.count || sampled !== (state.sample === true) || (!sampled && byId(members) !== right))
    .map(({ page, stale, sampled, count, members }) => {
      const [has, needs] = [new Set(members.map(({ id }) => id)), new Set(state.members.map(({ id }) => id))]
      return { page, age: Math.round(elapsed() - (browsers.get(page)?.at ?? elapsed())), stale, sampled, count, of: state.count, more: [...has].filter(id => !needs.has(id)), less: [...needs].filter(id => !has.has(id)) }
    })
}

async function look() {
  const state = await ask()
  const missing = state.sample ? [] : [...people.keys(), ...browsers.keys()].filter(id => !truth.ids.has(id))
  say({ differences: differences(state), missing, count: state.count, sample: state.sample === true, pages: people.size + browsers.size, wrong: [...new Set(wrong)].slice(0, 20) })
}

createInterface({ input: process.stdin }).on("line", line => {
  if (line === "calm") {
    clearInterval(life)
    proxy.calm()
    say({ faults: proxy.faults, born, people: people.size })
  } else {
    look().catch(error => say({ error: String(error) }))
  }
}).on("close", () => process.exit(0))

say({ port })
