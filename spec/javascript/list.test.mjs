// The list of a page at an (epoch, version), and what states, diffs and acks do to it.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { Page, ack, diff, ids, member, session, state } from "./support/page.mjs"

describe("the first state", () => {
  it("fires onSync alone", () => {
    const page = Page.listed([])
    const other = page.join({ channel: "RoomChannel", id: 2 })
    assert.deepEqual([other.count, other.list(), other.stale, other.sampled], [0, [], false, false])

    const fresh = new Page()
    fresh.presence = fresh.join()
    const calls = []
    for (const name of ["onJoin", "onLeave", "onUpdate", "onSync"]) fresh.presence[name](() => calls.push(name))
    fresh.cable.welcome()
    fresh.receive(session("r1"), state(17, ["42", "43"]))
    assert.deepEqual(calls, ["onSync"])
    assert.deepEqual(ids(fresh.presence), ["42", "43"])
    assert.equal(fresh.presence.count, 2)
  })

  it("is waited for: diffs are held back, and those above it applied", () => {
    const page = new Page()
    const presence = page.join()
    page.cable.welcome()
    page.receive(diff(17, 18, 3, { joins: [member("43", { at: 9 })] }), diff(16, 17, 2, { joins: [member("42", { at: 8 })] }))
    assert.deepEqual(ids(presence), [])
    page.receive(state(17, ["41", "42"]))
    assert.deepEqual(ids(presence), ["41", "42", "43"])
    assert.equal(page.syncs().length, 0)
  })

  it("is asked for when it does not come", () => {
    const page = new Page()
    page.join()
    page.cable.welcome()
    page.clock.advance(1_900)
    assert.equal(page.syncs().length, 0)
    page.clock.advance(200)
    assert.equal(page.syncs().length, 1)
    page.receive(state(3, ["ada"]))
    page.clock.advance(14_000)
    assert.equal(page.syncs().length, 1)
  })
})

describe("a later state", () => {
  it("fires the differences, then onSync", () => {
    const page = Page.listed(["ada", "bob", "eve"])
    page.receive(state(9, [member("ada", { at: 1 }), member("bob", { at: 2, typing: true }), member("cat", { at: 7 })]))
    assert.deepEqual(page.log, ["join cat", "leave eve", "update bob", "sync"])
  })

  it("of another epoch replaces everything", () => {
    const page = Page.listed(["ada", "bob"], { version: 90 })
    page.receive(state(2, ["bob", "cat"], { epoch: "e2" }))
    assert.deepEqual(ids(page.presence), ["bob", "cat"])
    page.receive(diff(2, 3, 1, { epoch: "e2", leaves: [{ id: "cat", reason: "expired" }] }))
    assert.deepEqual(ids(page.presence), ["bob"])
    assert.equal(page.syncs().length, 0)
  })

  it("that is older than the list changes nothing, and no page asks again for it", () => {
    const page = Page.listed(["ada"])
    page.receive(diff(5, 6, 2, { joins: [member("bob", { at: 5 })] }), state(5, ["ada"]))
    assert.deepEqual(ids(page.presence), ["ada", "bob"])
    page.pinged(14_000)
    assert.equal(page.syncs().length, 0)
  })
})

describe("a state of an epoch that was over", () => {
  it("is shown, and checked soon: something old may have come late", () => {
    const page = Page.listed(["ada"])
    page.receive(state(1, ["bob"], { epoch: "e2" }), state(5, ["ada"]))
    assert.deepEqual(ids(page.presence), ["ada"])
    page.clock.advance(1_200)
    assert.equal(page.syncs().length, 1)
    page.receive(state(2, ["bob", "cat"], { epoch: "e2" }))
    assert.deepEqual(ids(page.presence), ["bob", "cat"])
  })
})

describe("a diff", () => {
  it("joins, updates and leaves, then syncs", () => {
    const page = Page.listed(["ada", "bob"])
    page.receive(diff(5, 6, 2, {
      joins: [member("cat", { at: 9 })], updates: [member("ada", { typing: true })], leaves: [{ id: "bob", reason: "left" }]
    }))
    assert.deepEqual(page.log, ["join cat", "leave bob left", "update ada", "sync"])
    assert.deepEqual(page.presence.get("ada").metas, [{ name: "ada", typing: true }])
  })

  it("hands the member as last known, with the reason, to onLeave", () => {
    const page = Page.listed(["ada"])
    let left
    page.presence.onLeave(gone => { left = gone })
    page.receive(diff(5, 6, 0, { leaves: [{ id: "ada", reason: "expired" }] }))
    assert.deepEqual(left, { ...member("ada"), reason: "expired" })
  })

  it("is ignored when it is of the list's past", () => {
    const page = Page.listed(["ada"])
    page.receive(diff(4, 5, 9, { joins: [member("ghost")] }), diff(0, 1, 9, { joins: [member("ghost")] }))
    assert.deepEqual(ids(page.presence), ["ada"])
    assert.deepEqual([page.log, page.syncs()], [[], []])
  })

  it("that overlaps the list is applied, as its entries are whole states", () => {
    const page = Page.listed(["ada", "bob"])
    page.receive(diff(3, 7, 2, { joins: [member("bob", { at: 2 }), member("cat", { at: 4 })], leaves: [{ id: "ada", reason: "left" }] }))
    assert.deepEqual(page.log, ["join cat", "leave ada left", "sync"])
    assert.equal(page.syncs().length, 0)
  })

  it("from above the list's version is a gap: one request for a state, however many follow", () => {
    const page = Page.listed(["ada"])
    page.receive(diff(6, 7, 3, { joins: [member("cat", { at: 7 })] }), diff(7, 8, 2, { leaves: [{ id: "ada", reason: "left" }] }))
    assert.deepEqual(ids(page.presence), ["ada"])
    assert.deepEqual(page.syncs(), [{}])
    page.receive(state(8, [member("bob", { at: 6 }), member("cat", { at: 7 })]))
    assert.deepEqual(ids(page.presence), ["bob", "cat"])
    page.pinged(14_000)
    assert.equal(page.syncs().length, 1)
  })

  it("that comes late closes the gap by itself", () => {
    const page = Page.listed(["ada"])
    page.receive(diff(6, 7, 3, { joins: [member("cat", { at: 7 })] }), diff(5, 6, 2, { joins: [member("bob", { at: 6 })] }))
    assert.deepEqual(ids(page.presence), ["ada", "bob", "cat"])
    page.pinged(14_000)
    assert.equal(page.syncs().length, 1, "asked once, and not again without an answer")
  })

  it("of another epoch is a gap", () => {
    const page = Page.listed(["ada"])
    page.receive(diff(3, 4, 2, { epoch: "e2", joins: [member("bob")] }))
    assert.deepEqual(ids(page.presence), ["ada"])
    assert.equal(page.syncs().length, 1)
  })

  it("from 0 begins its epoch from an empty list, without asking", () => {
    const page = Page.listed(["ada", "bob"])
    page.receive(diff(0, 1, 2, { epoch: "e2", joins: [member("bob", { at: 2 }), member("cat", { at: 3 })] }))
    assert.deepEqual(page.log, ["join cat", "leave ada", "sync"])
    assert.equal(page.syncs().length, 0)
  })

  it("with count 0 ends its epoch, so that the next one from 0 applies", () => {
    const page = Page.listed(["ada"])
    page.receive(diff(5, 6, 0, { leaves: [{ id: "ada", reason: "left" }] }))
    assert.deepEqual([page.presence.count, page.presence.list()], [0, []])
    page.receive(diff(0, 1, 1, { epoch: "e2", joins: [member("bob")] }))
    assert.deepEqual(ids(page.presence), ["bob"])
    assert.equal(page.syncs().length, 0)
  })

  it("with count 0 needs nothing before it", () => {
    const page = Page.listed(["ada", "bob"])
    page.receive(diff(8, 9, 0, { leaves: [{ id: "cat", reason: "left" }] }))
    assert.deepEqual(page.log, ["leave ada", "leave bob", "sync"])
    assert.equal(page.syncs().length, 0)
  })

  it("of an epoch that is over revives nobody, and is checked once", () => {
    const page = Page.listed(["ada"])
    page.receive(diff(5, 6, 0, { leaves: [{ id: "ada", reason: "left" }] }), diff(0, 1, 1, { joins: [member("ada")] }))
    assert.deepEqual(page.presence.list(), [])
    assert.equal(page.syncs().length, 1)
    page.receive(state(0, [], { epoch: "" }))
    page.pinged(14_000)
    assert.equal(page.syncs().length, 1)
  })

  it("whose count does not fit what it makes of the list is a gap", () => {
    const page = Page.listed(["ada"])
    page.receive(diff(5, 6, 7, { joins: [member("bob")] }))
    assert.equal(page.syncs().length, 1)
  })
})

describe("an ack", () => {
  it("that equals the list asks nothing", () => {
    const page = Page.listed(["ada"])
    page.receive(ack(5, 1))
    assert.deepEqual([page.syncs(), page.log], [[], []])
  })

  for (const [what, message] of [["a lost last diff", ack(6, 2)], ["another count", ack(5, 2)], ["another epoch", ack(1, 1, { epoch: "e2" })]]) {
    it(`that shows ${what} asks for a state`, () => {
      const page = Page.listed(["ada"])
      page.receive(message)
      assert.equal(page.syncs().length, 1)
    })
  }

  it("that shows another count is not answered by diffs, which go on from what is wrong", () => {
    const page = Page.listed(["ada"])
    page.receive(ack(5, 2), diff(5, 6, 1, { updates: [member("ada", { typing: true })] }))
    page.clock.advance(3_000)
    assert.equal(page.syncs().length, 2)
  })

  it("that overtakes a diff makes the page ask once, not again and again", () => {
    const page = Page.listed(["ada"])
    page.receive(ack(6, 2), diff(5, 6, 2, { joins: [member("bob")] }))
    page.pinged(14_000)
    assert.equal(page.syncs().length, 1)
    for (let version = 6; version < 12; version++) {
      page.receive(ack(version + 1, 2), diff(version, version + 1, 2, { updates: [member("bob", { version })] }))
    }
    assert.ok(page.syncs().length <= 2, `${page.syncs().length} requests`)
  })

  it("that is behind the list is checked once, not at each heartbeat", () => {
    const page = Page.listed(["ada"])
    page.receive(state(9, ["ada"]))
    for (let beats = 0; beats < 5; beats++) {
      page.receive(ack(7, 1))
      page.clock.advance(15_000)
    }
    assert.ok(page.syncs().length <= 1, `${page.syncs().length} requests`)
  })

  it("of an empty topic equals an empty list, whatever the position is called", () => {
    const page = Page.listed(["ada"])
    page.receive(diff(5, 6, 0, { leaves: [{ id: "ada", reason: "left" }] }), ack(6, 0), ack(0, 0, { epoch: "" }))
    assert.equal(page.syncs().length, 0)
  })

  it("equals nothing while a later diff is known of", () => {
    const page = Page.listed(["ada"])
    page.receive(diff(6, 7, 1))
    page.receive(ack(5, 1))
    page.clock.advance(3_000)
    assert.equal(page.syncs().length, 2, "the answer was lost, so it asks again")
  })
})

describe("a large topic", () => {
  const large = (version, count, members, more = {}) => state(version, members, { count, sample: true, ...more })

  it("is a count and some members, and only syncs", () => {
    const page = Page.listed(["ada"])
    page.receive(large(6, 5_000, ["ada", "bob"]))
    assert.deepEqual([page.presence.count, page.presence.sampled, ids(page.presence)], [5_000, true, ["ada", "bob"]])
    page.receive(diff(6, 7, 5_003, { sample: true }))
    assert.deepEqual([page.presence.count, page.log], [5_003, ["sync", "sync"]])
    assert.equal(page.syncs().length, 0)
  })

  it("asks at a random moment within a second when it has outgrown its list", () => {
    const page = Page.listed(["ada"])
    page.chance = 0.7
    page.receive(diff(5, 6, 1_001, { sample: true }))
    page.chance = 0.1 // the moment is drawn once, however much comes in until then
    page.receive(diff(6, 7, 1_002, { sample: true }), diff(7, 8, 1_003, { sample: true }))
    page.clock.advance(690)
    assert.equal(page.syncs().length, 0)
    page.clock.advance(20)
    assert.equal(page.syncs().length, 1)
    assert.equal(page.presence.count, 1, "the list and its count stay together")
  })

  it("goes back to a list, of which only onSync tells", () => {
    const page = Page.listed(["ada"])
    page.receive(large(6, 1_001, ["ada", "bob"]), diff(6, 7, 799))
    assert.equal(page.syncs().length, 0)
    page.clock.advance(1_000)
    assert.equal(page.syncs().length, 1)
    page.log.length = 0
    page.receive(state(7, ["ada", "cat"]))
    assert.deepEqual([page.log, page.presence.sampled, ids(page.presence)], [["sync"], false, ["ada", "cat"]])
  })

  it("that empties at once is empty", () => {
    const page = Page.listed(["ada"])
    page.receive(large(6, 1_001, ["ada", "bob"]), diff(6, 7, 0, { sample: true }))
    assert.deepEqual(page.log, ["sync", "sync"])
    assert.deepEqual([page.presence.count, page.presence.sampled, page.presence.list()], [0, false, []])
    page.receive(diff(0, 1, 1, { epoch: "e2", joins: [member("bob")] }))
    assert.deepEqual(ids(page.presence), ["bob"])
    page.clock.advance(2_000)
    assert.equal(page.syncs().length, 0)
  })
})

describe("list, get and has", () => {
  it("sort by joined_at, then by the bytes of the id", () => {
    const page = Page.listed([])
    const names = ["z", "\u{1f600}", "\uff21", "a", "é", "ab"]
    page.receive(state(9, [...names.map(id => member(id, { at: 5 })), member("first", { at: 4 }), member("last", { at: 6 })]))
    const bytes = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    assert.deepEqual(ids(page.presence), ["first", ...bytes, "last"])
  })

  it("take any id: __proto__, constructor, markup", () => {
    const page = Page.listed([])
    const hostile = ["__proto__", "constructor", "toString", "<img src=x onerror=alert(1)>", "‮abc", "7"]
    page.receive(state(9, hostile))
    assert.deepEqual(ids(page.presence), hostile)
    assert.equal(page.presence.get("__proto__").metas[0].name, "__proto__")
    assert.equal(page.presence.has("hasOwnProperty"), false)
    assert.equal(page.presence.get("valueOf"), undefined)
    assert.equal(page.presence.has(7), true)
    page.receive(diff(9, 10, 5, { leaves: [{ id: "__proto__", reason: "left" }] }))
    assert.equal(page.presence.has("__proto__"), false)
    assert.equal({}.metas, undefined)
  })

  it("cannot be changed from outside", () => {
    const page = Page.listed(["ada", "bob"])
    page.presence.list().length = 0
    assert.deepEqual(ids(page.presence), ["ada", "bob"])
    assert.throws(() => { page.presence.get("ada").id = "eve" }, TypeError)
  })
})

describe("malformed messages", () => {
  const broken = [
    { type: "presence_state", topic: "room:1" },
    state(6, [], { members: "none" }),
    state(6, [], { epoch: 7 }),
    state(-1, []),
    state(1.5, []),
    diff(7, 6, 1),
    diff(5, 6, "1"),
    diff(5, 6, 1, { joins: {} }),
    ack(5, null),
    ack(5, 1, { epoch: undefined }),
    { type: "presence_session", topic: "room:1", resume: 7 },
    { type: "presence_session" }
  ]
  for (const message of broken) {
    it(`is told of and ignored: ${JSON.stringify(message).slice(0, 90)}`, () => {
      const page = Page.listed(["ada"])
      page.receive(message)
      assert.deepEqual(page.log, ["error invalid_message"])
      assert.deepEqual(ids(page.presence), ["ada"])
    })
  }

  it("never throw, whatever they are", () => {
    const page = Page.listed(["ada"])
    const odd = [null, undefined, 7, "presence_state", [], [1], {}, { type: null }, { type: "presence_" }, { type: "presence_new" },
      { type: "presence_error" }, state(6, [], { count: 3, members: [null, 7, {}, { id: 8 }, member("bob")] }),
      diff(6, 7, 3, { joins: [null], leaves: [null, 7, {}], updates: ["x"] })]
    for (const message of odd) assert.doesNotThrow(() => page.receive(message))
    assert.deepEqual(ids(page.presence), ["bob"])
  })

  it("do not stop what the consumer does for others, even where one cannot be read at all", t => {
    const reported = t.mock.method(console, "error", () => {})
    const page = Page.listed(["ada"])
    const [subscription] = page.cable.subscriptions.all
    assert.doesNotThrow(() => subscription.received({ type: "presence_state", get topic() { throw new Error("unreadable") } }))
    assert.match(reported.mock.calls[0].arguments[0].message, /unreadable/)
    page.receive(diff(5, 6, 2, { joins: [member("bob", { at: 2 })] }))
    assert.deepEqual(ids(page.presence), ["ada", "bob"])
  })

  it("of a server that lists less than it counts does not make the page ask for ever", () => {
    const page = Page.listed(["ada"])
    page.receive(state(6, ["ada"], { count: 2 }), diff(6, 7, 3, { joins: [member("bob")] }), diff(7, 8, 2, { leaves: [{ id: "bob" }] }))
    page.pinged(14_000)
    assert.equal(page.syncs().length, 0)
  })
})
