// Fifty pages without a browser, behind a proxy that makes trouble, coming and going so that the room is now over its
// list_limit and now under it; and an eye on what all pages show, those in browsers too.
//
//   node crowd.mjs '{"target":"127.0.0.1:3000","seed":1,"seconds":15,"most":10,"limit":40}'
//
// Says {"port"}; on "calm" ends the trouble and says what there was; on "look" compares all lists with the server's.
import { createInterface } from "node:readline"
import { Tab } from "../../../javascript/support/stock.mjs"
import { FaultyProxy, numbers } from "./faults.mjs"
import { Truth } from "./truth.mjs"

const { target, seed, seconds, most, limit } = JSON.parse(process.argv[2])
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

// --- what is shown, and what is true ---

const truth = new Truth(target, elapsed, most)
const browsers = new Map()

const proxy = new FaultyProxy(target, random, shown => {
  browsers.set(shown.page, { ...shown, at: elapsed() })
  truth.judge(shown)
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
    return { page: this.id, count, sampled, stale, members: this.presence.list(), at: elapsed() }
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

// Under the limit, over it, under it, and in the end one of the two: a list, where the seed is odd, or a sample.
const finish = seed % 2 === 1 ? Math.ceil(limit * 0.6) : MOST
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
setInterval(() => { truth.ask().catch(() => {}) }, 250)
setInterval(() => { for (const { shown } of people.values()) truth.judge(shown) }, 250)

// --- what is asked for ---

async function look() {
  const told = await truth.ask()
  const pages = [...[...people.values()].map(({ shown }) => shown), ...browsers.values()]
  const { longest, wrong, epochs } = truth
  say({
    differences: truth.differences(told, pages), missing: truth.missing([...people.keys(), ...browsers.keys()]), pages: pages.length,
    sample: told.state.sample === true, epochs: epochs.size, longest: Number(longest.toFixed(1)), wrong: [...wrong].slice(0, 20)
  })
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
