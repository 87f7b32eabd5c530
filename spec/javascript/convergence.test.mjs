// Whatever a network does to the messages of a page, within one heartbeat of its coming to its senses the list equals
// the server's, and at no time have the handlers told anything but what the list shows.
//
// Any seed, or many: SEED=7 node --test spec/javascript/convergence.test.mjs, SEEDS=5000 …
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { ModelServer, Network, randomFrom } from "./support/model.mjs"
import { Page } from "./support/page.mjs"

const HEARTBEAT = 15_000
// A heartbeat's answer, and a state's that is asked for after it: there and back twice, and a second between two states.
const ROUND_TRIPS = 1_300

class Watched {
  faults = []
  #shadow = null

  constructor(seed) {
    this.random = randomFrom(seed)
    this.page = new Page()
    Object.defineProperty(this.page, "options", {
      value: { clock: this.page.clock, random: this.random, events: { window: this.page.window, document: this.page.document } }
    })
    this.server = new ModelServer(this.page.clock, this.random, { limit: 8 })
    this.network = new Network(this.page, this.server, this.random)
    this.presence = this.page.join()
    this.presence.onJoin(({ id }) => this.#tell(!this.#shadow?.has(id), `a join of ${id}, who is there`, shadow => shadow.add(id)))
    this.presence.onLeave(({ id }) => this.#tell(this.#shadow?.has(id), `a leave of ${id}, who is not there`, shadow => shadow.delete(id)))
    this.presence.onUpdate(({ id }) => this.#tell(this.#shadow?.has(id), `an update of ${id}, who is not there`, () => {}))
    this.presence.onSync(() => this.#compare())
    this.presence.onError(error => this.faults.push(`an error: ${JSON.stringify(error)}`))
  }

  #tell(right, fault, change) {
    if (!right || !this.#shadow) this.faults.push(fault)
    else change(this.#shadow)
  }

  // What joins and leaves add up to is the list. While it is sampled, and when it comes back from that, nothing is told.
  #compare() {
    const listed = this.presence.list().map(({ id }) => id)
    if (this.#shadow && !this.presence.sampled && !this.sampled && listed.sort().join() !== [...this.#shadow].sort().join()) {
      this.faults.push(`told of ${[...this.#shadow]}, but listed ${listed}`)
    }
    this.sampled = this.presence.sampled
    this.#shadow = new Set(listed)
  }

  step() {
    const { page, network, server, random } = this
    const dice = random()
    if (dice < 0.02) network.drop()
    else if (dice < 0.03) network.down = !network.down
    else if (dice < 0.035) { server.restart(); network.drop() }
    else if (dice < 0.045) this.#backAndForth()
    else if (dice < 0.055) page.show(page.document.visibilityState === "hidden" ? "visible" : "hidden")
    else if (dice < 0.06) page.clock.sleep(random() * 100_000)
    else if (dice < 0.065) page.offline()
    else if (dice < 0.07) page.online()
    else if (dice < 0.6) server.change()
    else if (dice < 0.9) server.publish()
    page.clock.advance(random() * 400)
  }

  #backAndForth() {
    this.page.pagehide(true)
    if (this.random() < 0.5) this.network.drop()
    this.page.clock.sleep(this.random() * 20_000)
    this.page.pageshow(true)
  }

  // Only what is shown by the server's diffs counts: the last of them has just gone out.
  equals() {
    const { server, presence } = this
    assert.equal(presence.count, server.shown.size)
    assert.equal(presence.sampled, server.sampled)
    assert.equal(presence.stale, false)
    if (presence.sampled) return

    const plain = members => Object.fromEntries([...members].map(member => [member.id, member]))
    assert.deepEqual(plain(presence.list()), plain(server.shown.values()))
  }
}

function run(seed) {
  const watched = new Watched(seed)
  const { page, network, server } = watched
  page.clock.advance(1_000)
  network.faulty = true
  for (let step = 0; step < 400; step++) watched.step()
  server.publish()
  network.recover()
  if (page.document.visibilityState === "hidden") page.show("visible")
  page.clock.advance(HEARTBEAT + ROUND_TRIPS)
  watched.equals()
  assert.deepEqual(watched.faults, [])
  const [syncs, seconds] = [page.syncs().length, (page.clock.now() - 1_000_000) / 1_000]
  assert.ok(syncs <= seconds, `${syncs} requests for a state in ${seconds} s`)
  // And it stays right.
  server.change()
  server.publish()
  page.clock.advance(3_000)
  watched.equals()
  watched.presence.unsubscribe()
}

describe("after drops, duplicates, delays, restarts, sleep and back and forth", () => {
  const first = Number(process.env.SEED ?? 1)
  const last = process.env.SEED ? first : Number(process.env.SEEDS ?? 150)
  const size = Math.max(1, Math.ceil((last - first + 1) / 6))
  for (let from = first; from <= last; from += size) {
    const to = Math.min(last, from + size - 1)
    it(`the list equals the server's (seeds ${from} to ${to})`, () => {
      for (let seed = from; seed <= to; seed++) {
        try {
          run(seed)
        } catch (error) {
          throw new Error(`seed ${seed}, again with SEED=${seed}: ${error.message}`, { cause: error })
        }
      }
    })
  }
})
