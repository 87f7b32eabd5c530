// A connection that is lost and comes back: who we were, what we showed, and how often we ask.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { Page, ack, diff, ids, member, session, state } from "./support/page.mjs"

describe("a lost connection", () => {
  it("makes the list stale until a state is there, and fires the differences", () => {
    const page = Page.listed(["ada", "bob"])
    page.cable.drop()
    assert.deepEqual([page.presence.stale, ids(page.presence)], [true, ["ada", "bob"]])
    page.cable.connection.open()
    page.cable.welcome()
    assert.equal(page.presence.stale, true)
    page.receive(session("r2"), state(9, ["ada", "cat"]))
    assert.deepEqual([page.presence.stale, page.log], [false, ["stale", "fresh", "join cat", "leave bob", "sync"]])
  })

  it("is over for the list with an ack that equals it, too", () => {
    const page = Page.listed(["ada"])
    page.cable.drop()
    page.cable.connection.open()
    page.cable.welcome()
    page.receive(ack(5, 1))
    assert.equal(page.presence.stale, false)
    page.clock.advance(10_000)
    assert.equal(page.syncs().length, 0)
  })

  it("is not over with diffs that go on from the list: the server may have another", () => {
    const page = Page.listed(["ada"])
    page.cable.drop()
    page.cable.connection.open()
    page.cable.welcome()
    page.receive(diff(5, 6, 2, { joins: [member("bob")] }))
    assert.equal(page.presence.stale, true)
    page.clock.advance(2_100)
    assert.equal(page.syncs().length, 1)
  })

  it("sends no heartbeats, updates or requests into the void", () => {
    const page = Page.listed(["ada"])
    page.cable.drop()
    const sent = page.cable.commands.length
    page.cable.connection.stopped = true
    page.presence.update({ typing: true })
    page.clock.advance(120_000)
    assert.equal(page.cable.commands.length, sent)
  })

  it("is tried again within a heartbeat, however long it takes, unless the app disconnected", () => {
    const page = Page.listed(["ada"])
    page.cable.drop()
    const before = page.cable.connection.opened
    for (let tries = 1; tries <= 20; tries++) {
      page.clock.advance(15_000)
      assert.ok(page.cable.connection.opened >= before + tries, `${page.cable.connection.opened - before} tries in ${tries} heartbeats`)
      page.cable.fail()
    }
    page.cable.connection.stopped = true
    const tries = page.cable.connection.opened
    page.clock.advance(60_000)
    assert.equal(page.cable.connection.opened, tries)
  })

  it("is tried at a random moment, as a thousand pages may have lost it at once", () => {
    const moments = [0, 0.5, 0.999].map(chance => {
      const page = Page.listed(["ada"])
      page.chance = chance
      page.cable.drop()
      let waited = 0
      while (!page.cable.connection.isActive()) page.clock.advance((waited += 100) && 100)
      return waited
    })
    assert.deepEqual(moments, [7_500, 10_500, 13_500])
  })

  it("that the stock client opens anew is looked at, though it tells nobody: a dead one is opened again", () => {
    const page = Page.listed(["ada"])
    page.pinged(3_000)
    page.cable.drop()
    page.cable.confirms = false
    page.cable.connection.open()
    page.cable.welcome()
    page.clock.advance(13_000)
    assert.equal(page.cable.connection.reopened, 1)
  })

  it("does not wait for a socket that connects for ever, and does not close it before it is open", () => {
    const page = Page.listed(["ada"])
    page.cable.drop()
    page.cable.connection.open()
    const stuck = page.cable.connection.webSocket
    stuck.close = () => { stuck.closed = stuck.readyState }
    page.clock.advance(20_000)
    assert.notEqual(page.cable.connection.webSocket, stuck)
    assert.equal(stuck.closed, undefined)
    stuck.readyState = 1
    stuck.onopen()
    assert.equal(stuck.closed, 1, "opened after all, it is closed")
  })
})

describe("a page that comes back", () => {
  // It says where it is, so that it is not sent again what it has.
  const handed = (resume, version = 9) => ({ resume, epoch: "e1", version })

  function back(page, resume = "r2", version = 9) {
    page.cable.drop()
    page.cable.connection.open()
    page.cable.welcome()
    page.receive(session(resume), state(version, ["ada"]))
  }

  it("hands in the session it had, so that this one replaces it", () => {
    const page = Page.listed(["ada"])
    assert.equal(page.syncs().length, 0, "it had none before")
    back(page)
    assert.deepEqual(page.syncs(), [handed("r1")])
    page.receive(state(10, ["ada"]))
    back(page, "r3", 11)
    assert.deepEqual(page.syncs(), [handed("r1"), handed("r2", 11)])
    page.clock.advance(14_000)
    assert.equal(page.syncs().length, 2)
  })

  it("waits for its new list first, but not for long", () => {
    const page = Page.listed(["ada"])
    page.cable.drop()
    page.cable.connection.open()
    page.cable.welcome()
    page.receive(session("r2"))
    page.clock.advance(1_900)
    assert.deepEqual(page.syncs(), [])
    page.clock.advance(200)
    assert.deepEqual(page.syncs(), [{ resume: "r1" }])
    page.receive(state(9, ["ada"]))
    assert.deepEqual(page.syncs().length, 1)
  })

  it("is content with an ack, and asks no more", () => {
    const page = Page.listed(["ada"])
    back(page)
    page.receive(ack(9, 1))
    page.pinged(14_000)
    assert.deepEqual([page.syncs().length, page.presence.stale], [1, false])
  })

  it("does so too where the stock client gave up a socket without telling anybody", () => {
    const page = Page.listed(["ada"])
    page.cable.fail()
    page.cable.connection.open()
    page.cable.welcome()
    page.receive(session("r2"), state(9, ["ada"]))
    assert.deepEqual(page.syncs(), [handed("r1", 5)])
  })

  it("does so whether its new session is told before or after the confirmation", () => {
    const page = Page.listed(["ada"])
    page.cable.drop()
    page.cable.confirms = false
    page.cable.connection.open()
    page.cable.welcome()
    page.receive(session("r2"), state(9, ["ada"]))
    assert.equal(page.syncs().length, 0)
    page.cable.confirm(page.identifier)
    assert.deepEqual(page.syncs(), [handed("r1")])
  })

  it("does not hand in its present session", () => {
    const page = Page.listed(["ada"])
    page.receive(session("r1"))
    page.cable.confirm(page.identifier)
    page.clock.advance(5_000)
    assert.equal(page.syncs().length, 0)
  })

  it("hands in one for each topic, by name", () => {
    const page = Page.listed(["ada"])
    page.receive(session("s1", { topic: "room:2" }))
    page.cable.drop()
    page.cable.connection.open()
    page.cable.welcome()
    page.receive(session("r2"), session("s2", { topic: "room:2" }), state(9, ["ada"]), state(1, ["bob"], { topic: "room:2", epoch: "e2" }))
    assert.deepEqual(page.syncs(), [{ resume: "s1", topic: "room:2" }, { ...handed("r1"), topic: "room:1" }])
  })

  it("shows again what it showed last, as its new session does not know it", () => {
    const page = Page.listed(["ada"])
    page.presence.update({ typing: true, place: 1 })
    page.clock.advance(1_000)
    page.presence.update({ place: 2 })
    const before = page.cable.actions("presence_update").length
    back(page)
    page.clock.advance(1_000)
    const sent = page.cable.actions("presence_update")
    assert.ok(sent.length > before)
    assert.deepEqual(sent.at(-1).meta, { typing: true, place: 2 })
    assert.ok(sent.every((update, index) => index === 0 || update.seq > sent[index - 1].seq))
  })
})

describe("a request for a state", () => {
  const gap = page => page.receive(diff(50, 51, 2))

  it("is not made more than once a second, though each state that comes is too old", () => {
    const page = Page.listed(["ada"])
    gap(page)
    for (let step = 0; step < 100; step++) {
      page.clock.advance(100)
      page.receive(state(6 + step % 40, ["ada"]), diff(50, 51, 2))
    }
    assert.ok(page.syncs().length <= 8, `${page.syncs().length} requests in 10 s`)
    assert.ok(page.syncs().length >= 3, `${page.syncs().length} requests in 10 s`)
  })

  it("is repeated, ever more slowly, until it is answered", () => {
    const page = Page.listed(["ada"])
    page.cable.serve = ({ action }) => { if (action === "presence_heartbeat") page.receive(ack(51, 2)) }
    gap(page)
    const counts = [2_000, 2_000, 4_000, 8_000, 30_000].map(ms => {
      page.pinged(ms)
      return page.syncs().length
    })
    assert.deepEqual(counts, [1, 2, 3, 4, 6])
    page.receive(state(51, ["ada", "bob"]))
    assert.deepEqual(ids(page.presence), ["ada", "bob"])
    page.pinged(30_000)
    assert.equal(page.syncs().length, 6)
  })

  it("whose answer is lost is made again before the next heartbeat", () => {
    const page = Page.listed(["ada"])
    gap(page)
    page.pinged(14_000)
    assert.ok(page.syncs().length >= 2)
  })

  it("needs no second one for the gaps that follow while it is on its way", () => {
    const page = Page.listed(["ada"])
    for (let version = 50; version < 90; version++) page.receive(diff(version, version + 1, 2))
    page.receive(ack(90, 2))
    assert.equal(page.syncs().length, 1)
    page.receive(state(90, ["ada", "bob"]))
    page.clock.advance(10_000)
    assert.equal(page.syncs().length, 1)
  })

  it("keeps no more than some hundred diffs meanwhile", () => {
    const page = Page.listed(["ada"])
    for (let version = 50; version < 5_050; version++) page.receive(diff(version, version + 1, 2, { joins: [member(`m${version}`)] }))
    page.receive(state(50, ["ada"]))
    assert.deepEqual(ids(page.presence), ["ada"], "those that went on from it are gone")
    page.receive(state(5_050, ["ada", "bob"]))
    assert.deepEqual(ids(page.presence), ["ada", "bob"])
  })
})
