// A crowd of pages of which one talks. Lines on its input are JSON, and each is answered by one: {"talk": {"rate", "seconds",
// "comers"}} has the first page cheer, and so many newcomers join meanwhile, evenly; {"end": true} ends it.
//
//   node talk.mjs '{"kind":"presence","addresses":["127.0.0.1:3000"],"number":1000}'
import { createInterface } from "node:readline"
import { now, TALKERS } from "./talkers.mjs"

const SECOND = 1_000
// Connections under way at a time.
const AT_MOST = 50
const { kind, addresses, number } = JSON.parse(process.argv[2])
const pages = []
let comers = 0

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
const say = object => process.stdout.write(`${JSON.stringify(object)}\n`)

async function enter() {
  while (pages.length < number) {
    const fresh = Array.from({ length: Math.min(AT_MOST, number - pages.length) }, (_, at) => {
      const place = pages.length + at
      return new TALKERS[kind](addresses[place % addresses.length], `p${place}`)
    })
    pages.push(...fresh)
    await Promise.all(fresh.map(page => page.ready))
  }
  say({ pages: pages.length, processes: new Set(pages.map(page => page.process ?? "")).size })
}

// Calls a block so many times, evenly spread, by the clock and not by what the last call took.
async function evenly(times, seconds, block) {
  const started = now()
  for (let n = 0; n < times; n++) {
    const wait = started + n * seconds * SECOND / times - now()
    if (wait > 0) await pause(wait)
    block(n)
  }
}

function quantiles(list) {
  const sorted = Float64Array.from(list).sort()
  const at = part => (sorted.length ? Math.round(sorted[Math.round((sorted.length - 1) * part)] * 100) / 100 : null)
  return { median: at(0.5), p99: at(0.99), most: at(1) }
}

// When a newcomer asks to be let in, and when the others see them.
async function come(started, arrived) {
  const id = `c${comers++}`
  const page = new TALKERS[kind](addresses[0], id)
  await new Promise(resolve => page.ws.once("message", resolve)) // the welcome: it subscribes right after this
  started.set(id, now())
  arrived.push(page)
  await page.ready
}

async function talk({ rate, seconds, comers: newcomers }) {
  for (const page of pages) page.reset()
  const [speaker] = pages
  const [started, arrived] = [new Map(), []]
  const sent = rate * seconds
  const coming = evenly(newcomers, seconds, () => come(started, arrived))
  await evenly(sent, seconds, n => speaker.cheer({ at: now(), lane: n % 8, text: "Go, go, go!" }))
  await coming
  await pause(2 * SECOND)
  // Across processes, where there are several: those of the speaker's own process do not count.
  const several = new Set(pages.map(page => page.process)).size > 1
  const others = pages.filter(page => page !== speaker && !(several && page.process === speaker.process))
  const [messages, bytes] = ["messages", "bytes"].map(name => pages.reduce((sum, page) => sum + page[name], 0))
  const diffs = pages.flatMap(page => (page.comers ?? []).filter(([id]) => started.has(id)).map(([id, at]) => at - started.get(id)))
  say({ sent, messages, bytes, missing: sent * (number - 1) - messages, delay_ms: quantiles(others.flatMap(page => page.delays)),
    diffs: diffs.length, diff_delay_ms: quantiles(diffs), errors: Object.fromEntries(speaker.errors) })
  for (const page of arrived) page.end()
}

enter().catch(error => { say({ failed: String(error) }); process.exit(1) })
createInterface({ input: process.stdin }).on("line", line => {
  const command = JSON.parse(line)
  if (command.talk) return talk(command.talk)
  for (const page of pages) page.end()
  process.exit(0)
})
