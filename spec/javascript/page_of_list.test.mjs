// presence.page(): the list of a large topic, part by part.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { Page, ROOM, member, settled, state } from "./support/page.mjs"

const large = () => {
  const page = Page.listed()
  page.receive(state(6, ["a", "b"], { sample: true, count: 2_500 }))
  page.log.length = 0
  return page
}

function part(after, limit, ids, next, more = {}) {
  return { type: "presence_page", topic: "room:1", epoch: "e1", version: 6, count: 2_500, after, limit,
    members: ids.map(id => member(id)), next, ...more }
}

// What became of a promise, as it changes.
function outcome(promise) {
  const result = {}
  promise.then(value => Object.assign(result, { value }), error => Object.assign(result, { error }))
  return result
}

describe("presence.page", () => {
  it("asks the server, and answers members, the next page and the position", async () => {
    const page = large()
    const answer = page.presence.page({ after: "a", limit: 2 })
    assert.deepEqual(page.cable.actions("presence_page"), [{ after: "a", limit: 2 }])
    page.receive(part("a", 2, ["b", "c"], "c"))
    const { members, ...rest } = await answer
    assert.deepEqual(members.map(({ id }) => id), ["b", "c"])
    assert.deepEqual(rest, { next: "c", count: 2_500, epoch: "e1", version: 6 })
    assert.ok(Object.isFrozen(members) && Object.isFrozen(members[0]))
  })

  it("changes nothing of the list, and is no message of the app's", async () => {
    const page = large()
    page.presence.page()
    page.receive(part(null, 100, ["a", "b", "c"], "c"))
    await settled()
    assert.deepEqual([page.log, page.presence.list().length], [[], 2])
  })

  it("begins, with a hundred members, where nothing is said", () => {
    const page = large()
    page.presence.page()
    assert.deepEqual(page.cable.actions("presence_page"), [{ after: null, limit: 100 }])
  })

  it("asks for one after the other, and no more than one a second", async () => {
    const page = large()
    const seen = []
    for (const after of [null, "b", "d"]) page.presence.page({ after, limit: 2 }).then(({ next }) => seen.push(next))
    assert.equal(page.cable.actions("presence_page").length, 1)
    page.receive(part(null, 2, ["a", "b"], "b"))
    assert.equal(page.cable.actions("presence_page").length, 1)
    page.clock.advance(1_100)
    page.receive(part("b", 2, ["c", "d"], "d"))
    page.clock.advance(1_100)
    page.receive(part("d", 2, ["e"], null))
    await settled()
    assert.deepEqual(seen, ["b", "d", null])
    assert.equal(page.clock.pending, 1) // its heartbeat
  })

  it("asks again where no answer comes, and gives up after the third time", async () => {
    const page = large()
    page.cable.serve = ({ action }) => { if (action === "presence_heartbeat") page.cable.ping() }
    const result = outcome(page.presence.page())
    page.pinged(14_000)
    assert.equal(page.cable.actions("presence_page").length, 3)
    await settled()
    assert.equal(result.error, undefined)
    page.pinged(3_000)
    await settled()
    assert.equal(result.error.code, "unanswered")
    assert.match(result.error.message, /3 times/)
  })

  it("leaves out an answer to another question", async () => {
    const page = large()
    const result = outcome(page.presence.page({ after: "b" }))
    page.receive(part(null, 100, ["a"], "a"), part("b", 10, ["c"], "c"))
    await settled()
    assert.equal(result.value, undefined)
    page.receive(part("b", 100, ["d"], null))
    await settled()
    assert.equal(result.value.members[0].id, "d")
  })

  it("is asked for again on a new connection", async () => {
    const page = large()
    const result = outcome(page.presence.page())
    page.cable.drop()
    page.cable.connection.open()
    page.cable.welcome()
    assert.equal(page.cable.actions("presence_page").length, 1)
    page.clock.advance(1_100)
    assert.equal(page.cable.actions("presence_page").length, 2)
    page.receive(part(null, 100, ["a"], null))
    await settled()
    assert.equal(result.value.next, null)
  })

  it("waits for the subscription", async () => {
    const page = new Page()
    const presence = page.join()
    presence.page()
    assert.equal(page.cable.commands.length, 0)
    page.cable.welcome()
    assert.equal(page.cable.actions("presence_page").length, 1)
  })

  it("is rejected by what the server refuses, which onError is not told of", async () => {
    const page = large()
    const result = outcome(page.presence.page())
    page.receive({ type: "presence_error", topic: "room:1", code: "invalid_page", message: "no such page" })
    await settled()
    assert.deepEqual([result.error.code, page.log], ["invalid_page", []])
  })

  it("is rejected once the subscription ends, and after it", async () => {
    const page = large()
    const result = outcome(page.presence.page())
    page.presence.unsubscribe()
    page.clock.advance(1_000)
    await settled()
    assert.equal(result.error.code, "unsubscribed")
    await assert.rejects(page.presence.page(), { code: "unsubscribed" })
  })

  it("is rejected where it makes no sense", async () => {
    const page = large()
    for (const wrong of [{ limit: 0 }, { limit: 1_001 }, { limit: "5" }, { limit: 1.5 }, { after: 7 }, { after: "" }]) {
      await assert.rejects(page.presence.page(wrong), TypeError)
    }
    assert.equal(page.cable.actions("presence_page").length, 0)
  })

  it("reports a page that is malformed", async () => {
    const page = large()
    page.presence.page()
    page.receive(part(null, 100, [], 7), part(null, 100, [], null, { members: "x" }))
    assert.deepEqual(page.log, ["error invalid_message", "error invalid_message"])
  })

  it("names the topic where a subscription follows several", async () => {
    const page = large()
    const other = page.join(ROOM, { topic: "room:2" })
    page.receive(state(1, ["x"], { topic: "room:2", epoch: "e2" }))
    const result = outcome(other.page())
    assert.deepEqual(page.cable.actions("presence_page"), [{ after: null, limit: 100, topic: "room:2" }])
    page.receive(part(null, 100, ["a"], null), part(null, 100, ["x"], null, { topic: "room:2" }))
    await settled()
    assert.equal(result.value.members[0].id, "x")
  })
})
