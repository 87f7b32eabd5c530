// Signs of life: in time, from a hidden tab too, and what follows when they are not answered.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { Page, ack, session, state } from "./support/page.mjs"

// A server that answers heartbeats.
function answered(page, message = ack(5, 1)) {
  page.cable.serve = ({ action }) => { if (action === "presence_heartbeat") page.receive(message) }
  return page
}

describe("a heartbeat", () => {
  it("goes out as often as the server says", () => {
    const page = answered(Page.listed(["ada"]))
    page.pinged(14_900)
    assert.equal(page.heartbeats(), 0)
    page.pinged(45_100)
    assert.equal(page.heartbeats(), 4)
  })

  it("follows a session with a shorter life than is usual on its topic", () => {
    const page = answered(Page.listed(["ada"]))
    page.receive(session("r1", { heartbeat: 2 }), state(5, ["ada"], { heartbeat: 15 }))
    page.pinged(6_000)
    assert.equal(page.heartbeats(), 3)
  })

  it("needs no word of the server's on how often, and survives odd ones", () => {
    const page = new Page()
    page.join()
    page.cable.welcome()
    answered(page)
    page.receive(state(5, ["ada"], { heartbeat: 0 }), state(5, ["ada"], { heartbeat: "3" }), state(5, ["ada"], { heartbeat: null }))
    page.pinged(15_000)
    assert.equal(page.heartbeats(), 1)
  })

  it("takes what comes in as an occasion, where the tab is hidden and its timers are held back", () => {
    const page = answered(Page.listed(["ada"]))
    page.show("hidden")
    const { setTimeout } = page.clock
    page.clock.setTimeout = (callback, delay) => setTimeout.call(page.clock, callback, delay + 60_000)
    page.pinged(60_000)
    // A ping every 3 s: at 12 s, as the next would come at 15 s at the earliest.
    assert.equal(page.heartbeats(), 5)
  })

  it("keeps to its interval while the tab is hidden and much comes in", () => {
    const page = answered(Page.listed(["ada"]))
    page.show("hidden")
    for (let step = 0; step < 3_000; step++) {
      page.clock.advance(10)
      page.receive({ chat: step })
    }
    assert.ok(page.heartbeats() <= 3, `${page.heartbeats()} heartbeats in 30 s`)
  })

  it("is tried when the server says, where it could not do something", () => {
    const page = answered(Page.listed(["ada"]))
    page.receive({ type: "presence_error", topic: "room:1", code: "store_unavailable", message: "Away.", retry: 4 })
    page.pinged(3_900)
    assert.equal(page.heartbeats(), 0)
    page.pinged(200)
    assert.equal(page.heartbeats(), 1)
  })

  it("that finds the store away makes the list stale, and an ack makes it right again", () => {
    const page = answered(Page.listed(["ada"]), { type: "presence_error", topic: "room:1", code: "store_unavailable", message: "Away.", retry: 15 })
    assert.equal(page.presence.stale, false)
    page.pinged(15_100)
    assert.equal(page.presence.stale, true)
    assert.deepEqual(page.presence.list().map(({ id }) => id), ["ada"])
    page.pinged(44_900)
    assert.equal(page.heartbeats(), 4)
    answered(page)
    page.pinged(15_100)
    assert.equal(page.presence.stale, false)
  })

  it("is not hurried beyond one a second by such a word", () => {
    const page = answered(Page.listed(["ada"]))
    page.cable.serve = ({ action }) => {
      if (action === "presence_heartbeat") page.receive({ type: "presence_error", code: "limit_exceeded", message: "Full.", retry: 0 })
    }
    page.receive({ type: "presence_error", code: "limit_exceeded", message: "Full.", retry: -5 })
    page.pinged(9_000)
    assert.ok(page.heartbeats() <= 9, `${page.heartbeats()} heartbeats in 9 s`)
  })
})

describe("a heartbeat that is not answered", () => {
  it("makes the list stale and is repeated; an ack that equals makes it right again", () => {
    const page = Page.listed(["ada"])
    page.pinged(15_000)
    assert.deepEqual([page.heartbeats(), page.presence.stale], [1, false])
    page.pinged(5_100)
    assert.deepEqual([page.heartbeats(), page.presence.stale], [2, true])
    page.receive(ack(5, 1))
    assert.deepEqual([page.presence.stale, page.log], [false, ["stale", "fresh"]])
    assert.equal(page.syncs().length, 0)
  })

  it("on a connection that says nothing at all means a dead socket", () => {
    const page = Page.listed(["ada"])
    page.pinged(15_000)
    page.clock.advance(5_100)
    assert.equal(page.cable.connection.reopened, 1)
    assert.equal(page.presence.stale, true)
    page.clock.advance(4_000)
    assert.equal(page.cable.connection.reopened, 1)
  })

  it("again and again, on a connection that lives, asks for the subscription anew", () => {
    const page = Page.listed(["ada"])
    page.pinged(34_000)
    const commands = page.cable.commands.map(({ command }) => command).filter(Boolean)
    assert.deepEqual(commands, ["subscribe", "unsubscribe", "subscribe"])
    assert.equal(page.cable.connection.reopened, 0)
    page.receive(session("r2"), state(8, ["ada"]))
    assert.deepEqual(page.syncs().filter(({ resume }) => resume), [{ resume: "r1" }])
    assert.equal(page.presence.stale, false)
  })
})

describe("silence", () => {
  it("makes the list of a visible page stale, and the next ping a heartbeat", () => {
    const page = Page.listed(["ada"])
    page.pinged(6_000)
    assert.equal(page.presence.stale, false)
    page.clock.advance(7_600)
    assert.equal(page.presence.stale, true)
    page.cable.ping()
    assert.equal(page.heartbeats(), 1)
    page.receive(ack(5, 1))
    assert.equal(page.presence.stale, false)
  })

  it("means nothing while the page is hidden", () => {
    const page = Page.listed(["ada"])
    page.show("hidden")
    page.clock.advance(12_000)
    assert.equal(page.presence.stale, false)
  })
})

describe("a confirmation that is lost", () => {
  it("is made up for by what the subscription sends", () => {
    const page = new Page()
    const presence = page.join()
    page.cable.confirms = false
    page.cable.welcome()
    presence.update({ typing: true })
    page.receive(session("r1"), state(5, ["ada"]))
    assert.deepEqual(page.cable.counts("presence_update", "presence_heartbeat"), [0, 0])
    page.pinged(2_100)
    assert.deepEqual(page.cable.counts("presence_update", "presence_heartbeat"), [1, 1], "and what else was lost with it?")
    page.receive(ack(5, 1))
    page.pinged(15_000)
    assert.deepEqual(page.cable.counts("presence_heartbeat"), [2])
  })

  it("with all else lost too, on a connection that lives, is asked for again", () => {
    const page = new Page()
    page.join()
    page.cable.confirms = false
    page.cable.welcome()
    page.cable.ping()
    page.pinged(12_000)
    const commands = page.cable.commands.map(({ command }) => command).filter(Boolean)
    assert.deepEqual(commands, ["subscribe", "unsubscribe", "subscribe"])
  })
})
