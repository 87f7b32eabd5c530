// presence.update: what this page shows of itself.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { Page } from "./support/page.mjs"

const updates = page => page.cable.actions("presence_update")
const metas = page => updates(page).map(({ meta }) => meta)

describe("update", () => {
  it("is sent at once, with a number that rises", () => {
    const page = Page.listed(["ada"])
    page.presence.update({ typing: true })
    page.clock.advance(1_000)
    page.presence.update({ typing: false })
    assert.deepEqual(metas(page), [{ typing: true }, { typing: false }])
    const [first, second] = updates(page).map(({ seq }) => seq)
    assert.ok(Number.isInteger(first) && second > first)
  })

  it("is merged with those that follow within a tenth of a second, and the last is never lost", () => {
    const page = Page.listed(["ada"])
    for (let place = 0; place < 50; place++) {
      page.presence.update({ place })
      page.clock.advance(10)
    }
    page.presence.update({ done: true })
    page.clock.advance(100)
    assert.ok(updates(page).length <= 7, `${updates(page).length} in half a second`)
    assert.deepEqual(metas(page).at(-1), { place: 49, done: true })
  })

  it("carries every key that was set before: of two that overtake each other the server drops the older", () => {
    const page = Page.listed(["ada"])
    page.presence.update({ typing: true })
    page.clock.advance(200)
    page.presence.update({ place: 3 })
    assert.deepEqual(metas(page).at(-1), { typing: true, place: 3 })
  })

  it("before the subscription stands waits for it", () => {
    const page = new Page()
    const presence = page.join()
    presence.update({ typing: true })
    assert.equal(updates(page).length, 0)
    page.cable.welcome()
    assert.deepEqual(metas(page), [{ typing: true }])
  })

  it("takes a copy: what the app changes afterwards is not sent", () => {
    const page = new Page()
    const presence = page.join()
    const meta = { cursor: { x: 1 } }
    presence.update(meta)
    meta.cursor.x = 2
    page.cable.welcome()
    assert.deepEqual(metas(page), [{ cursor: { x: 1 } }])
  })

  it("takes any key", () => {
    const page = Page.listed(["ada"])
    page.presence.update(JSON.parse('{"__proto__": 1, "constructor": 2}'))
    page.clock.advance(200)
    page.presence.update({ a: 3 })
    assert.equal(JSON.stringify(metas(page).at(-1)), '{"__proto__":1,"constructor":2,"a":3}')
  })

  it("of two Presences that share a subscription is one", () => {
    const page = Page.listed(["ada"])
    page.presence.update({ a: 1 })
    page.join().update({ b: 2 })
    page.clock.advance(200)
    assert.deepEqual(metas(page).at(-1), { a: 1, b: 2 })
  })

  it("of a successor goes on counting where the one before it stopped", () => {
    const page = Page.listed(["ada"])
    page.presence.update({ a: 1 })
    page.presence.unsubscribe()
    page.join().update({ a: 2 })
    page.clock.advance(200)
    const [before, after] = updates(page)
    assert.ok(after.seq > before.seq)
  })

  it("refuses what is no object, with the value", () => {
    const page = Page.listed(["ada"])
    for (const value of [undefined, null, "typing", 7, [1], () => {}]) {
      assert.throws(() => page.presence.update(value), error => error instanceof TypeError && /takes an object such as/.test(error.message))
    }
    const cycle = {}
    cycle.self = cycle
    assert.throws(() => page.presence.update(cycle), TypeError)
    assert.throws(() => page.presence.update({ big: 1n }), TypeError)
    page.clock.advance(1_000)
    assert.equal(updates(page).length, 0)
  })

  it("after unsubscribe is nothing", () => {
    const page = Page.listed(["ada"])
    page.presence.unsubscribe()
    page.presence.update({ typing: true })
    page.clock.advance(1_000)
    assert.equal(updates(page).length, 0)
  })
})
