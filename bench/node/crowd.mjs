// Lets a crowd of pages in, and says as JSON how that went. Lines on its input: "stay <seconds>" (how many messages and
// bytes come in that time), "end".
//
//   node crowd.mjs '{"kind":"presence","address":"127.0.0.1:3000","number":1000,"at_most":200,"patience":60,"quiet":null}'
import { createInterface } from "node:readline"
import { wrongLists } from "./lists.mjs"
import { PAGES } from "./pages.mjs"

const SECOND = 1_000
const { kind, address, number, at_most: atMost, patience, quiet } = JSON.parse(process.argv[2])
const started = performance.now()
const since = () => Math.round(performance.now() - started)
const pages = []
let [underWay, joined, lastJoin] = [0, 0, 0]
const failures = new Map()

function failed({ failed }) {
  if (failed) failures.set(failed, (failures.get(failed) ?? 0) + 1)
}

function enter() {
  while (underWay < atMost && pages.length < number) {
    underWay += 1
    pages.push(new PAGES[kind](address, `${pages.length}`, {
      onJoined() {
        underWay -= 1
        joined += 1
        lastJoin = since()
        enter()
      },
      onFailed: failed
    }))
  }
}

const sum = list => list.reduce((total, each) => total + each, 0)
const totals = () => ({ messages: sum(pages.map(page => page.messages)), bytes: sum(pages.map(page => page.bytes)) })
const positions = () => new Set(pages.map(page => page.position ?? "")).size

// The first page that does not agree yet is asked again: so this costs next to nothing.
let agreed = 0
function allAgree() {
  while (agreed < pages.length && pages[agreed].agrees(number)) agreed += 1
  return joined === number && agreed === number && positions() === 1
}

function say(object) {
  process.stdout.write(`${JSON.stringify(object)}\n`)
}

function report(complete) {
  const at = since()
  // After the time was taken, as it takes some itself.
  const wrong = wrongLists(pages, Array.from({ length: number }, (_, place) => `${place}`)).length
  const each = pages.map(page => page.messages)
  say({ kind, number, complete: complete && wrong === 0, agreed_ms: complete && wrong === 0 ? at : null, wrong, joined_ms: lastJoin, agree: pages.filter(page => page.agrees(number)).length,
    ...totals(), most: Math.max(...each), sampled: pages.some(page => page.sampled), failures: Object.fromEntries(failures) })
}

// Seconds without a message, once all have come: nothing will change any more.
let [seen, seenAt] = [0, 0]
function silent() {
  const { messages } = totals()
  if (messages !== seen) [seen, seenAt] = [messages, since()]
  return joined === number && since() - seenAt > quiet * SECOND
}

enter()
const look = setInterval(() => {
  // Whoever agreed may not any more.
  if (allAgree()) {
    clearInterval(look)
    report(pages.every(page => page.agrees(number)))
  } else if (since() > patience * SECOND || (quiet && silent())) {
    clearInterval(look)
    report(false)
  }
}, 10)

createInterface({ input: process.stdin }).on("line", line => {
  const [command, seconds] = line.split(" ")
  if (command === "end") {
    for (const page of pages) page.end()
    return process.exit(0)
  }
  const before = totals()
  setTimeout(() => {
    const after = totals()
    say({ messages: after.messages - before.messages, bytes: after.bytes - before.bytes })
  }, Number(seconds) * SECOND)
})
