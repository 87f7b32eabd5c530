// What apps are told, in which order, and what their handlers cannot break.
import assert from "node:assert/strict"
import { afterEach, describe, it, mock } from "node:test"
import { Presence } from "../../app/assets/javascripts/presence_rs.js"
import { Page, ROOM, ack, diff, ids, member, record, session, settled, state } from "./support/page.mjs"

afterEach(() => mock.restoreAll())

describe("perform", () => {
  it("calls an action of the app's own, and keeps nothing for later", () => {
    const page = Page.listed(["ada"])
    assert.equal(page.presence.perform("finish", { place: 1 }), true)
    assert.equal(page.presence.perform("cheer"), true)
    assert.deepEqual([page.cable.actions("finish"), page.cable.actions("cheer")], [[{ place: 1 }], [{}]])

    page.cable.drop()
    assert.equal(page.presence.perform("finish"), false)
    page.cable.welcome()
    page.presence.unsubscribe()
    assert.equal(page.presence.perform("finish"), false)
    assert.equal(page.cable.actions("finish").length, 1)
  })
})

describe("a handler", () => {
  it("is taken out by what adding it returned, and nothing else is", () => {
    const page = Page.listed(["ada"])
    const calls = []
    const handler = () => calls.push("one")
    const off = page.presence.onSync(handler)
    page.presence.onSync(handler)
    off()
    off()
    page.receive(diff(5, 6, 2, { joins: [member("bob")] }))
    assert.deepEqual(calls, ["one"])
  })

  it("that throws is reported, and breaks neither the others nor the list", () => {
    const reported = mock.method(console, "error", () => {})
    const page = Page.listed(["ada"])
    const calls = []
    page.presence.onJoin(() => { throw new Error("a bug of the app's") })
    page.presence.onJoin(({ id }) => calls.push(id))
    page.presence.onSync(() => { throw new Error("another") })
    page.receive(diff(5, 6, 2, { joins: [member("bob")] }), diff(6, 7, 3, { joins: [member("cat")] }))
    assert.deepEqual(calls, ["bob", "cat"])
    assert.deepEqual(ids(page.presence).sort(), ["ada", "bob", "cat"])
    assert.equal(reported.mock.callCount(), 4)
    assert.match(reported.mock.calls[0].arguments[0].message, /a bug of the app's/)
  })

  it("goes to reportError where there is one", () => {
    const seen = []
    globalThis.reportError = error => seen.push(error.message)
    try {
      const page = Page.listed(["ada"])
      page.presence.onMessage(() => { throw new Error("told") })
      page.receive({ hello: 1 })
    } finally {
      delete globalThis.reportError
    }
    assert.deepEqual(seen, ["told"])
  })

  it("sees the whole change already made", () => {
    const page = Page.listed(["ada"])
    let seen
    page.presence.onJoin(() => { seen = [ids(page.presence), page.presence.count] })
    page.receive(diff(5, 6, 2, { joins: [member("bob", { at: 3 })] }))
    assert.deepEqual(seen, [["ada", "bob"], 2])
  })

  it("may unsubscribe, after which none is called", () => {
    const page = Page.listed(["ada"])
    page.presence.onJoin(() => page.presence.unsubscribe())
    page.presence.onJoin(() => page.log.push("called after unsubscribe"))
    page.receive(diff(5, 6, 2, { joins: [member("bob")] }), diff(6, 7, 3, { joins: [member("cat")] }))
    assert.deepEqual(page.log, ["join bob"])
  })

  it("may do what is answered before it returns: messages keep their order", () => {
    const page = Page.listed(["ada"])
    page.cable.serve = ({ action }) => {
      if (action === "presence_update") page.receive(diff(6, 7, 2, { updates: [member("ada", { typing: true })] }))
    }
    page.presence.onJoin(() => page.presence.update({ typing: true }))
    page.receive(diff(5, 6, 2, { joins: [member("bob")] }))
    assert.deepEqual(page.log, ["join bob", "sync", "update ada", "sync"])
  })

  it("that is no function is refused, with a word on which", () => {
    const page = Page.listed([])
    assert.throws(() => page.presence.onJoin("render"), /handler of "join" is a function, but got "render"/)
    assert.throws(() => page.presence.onSync(), TypeError)
  })
})

describe("onMessage", () => {
  it("gets whatever is not presence_rs's, of any kind", () => {
    const page = Page.listed([])
    const app = [{ type: "chat", text: "hi" }, { presence_diff: 1 }, { type: "presences" }, "text", 7, null, [{ type: "presence_diff" }]]
    page.receive(...app)
    assert.deepEqual(page.log, app.map(data => `message ${JSON.stringify(data)}`))
  })

  it("does not get what a newer server may send under our name", () => {
    const page = Page.listed([])
    page.receive({ type: "presence_weather", topic: "room:1" })
    assert.deepEqual(page.log, [])
  })
})

describe("onError", () => {
  it("gets what the server refuses", () => {
    const page = Page.listed([])
    const errors = []
    page.presence.onError(error => errors.push(error))
    page.receive({ type: "presence_error", topic: "room:1", code: "limit_exceeded", message: "The topic is full.", retry: 15 },
      { type: "presence_error", topic: null, code: "invalid_name", message: "No name." })
    assert.deepEqual(errors, [
      { code: "limit_exceeded", message: "The topic is full.", topic: "room:1", retry: 15 },
      { code: "invalid_name", message: "No name.", topic: null, retry: null }
    ])
  })

  it("gets a rejection, after which the page is silent, and a new Presence starts anew", () => {
    const page = new Page()
    const presence = page.join()
    const log = record(presence)
    page.cable.confirms = false
    page.cable.welcome()
    let code
    presence.onError(error => { code = error.code })
    page.cable.reject(page.identifier)
    assert.deepEqual([code, log], ["rejected", ["stale", "error rejected"]])
    const sent = page.cable.commands.length
    page.pinged(60_000)
    presence.update({ typing: true })
    presence.unsubscribe()
    assert.equal(page.cable.commands.length, sent)
    assert.equal(page.clock.pending, 0)

    page.cable.confirms = true
    const second = page.join()
    page.receive(state(1, ["ada"]))
    assert.deepEqual(ids(second), ["ada"])
  })
})

describe("two Presences of one identifier", () => {
  it("share one subscription, and the last one ends it", () => {
    const page = Page.listed(["ada"])
    const second = page.join({ ...ROOM })
    const count = command => page.cable.commands.filter(entry => entry.command === command).length
    assert.equal(count("subscribe"), 1)
    page.presence.unsubscribe()
    page.presence.unsubscribe()
    assert.deepEqual([count("unsubscribe"), page.cable.counts("presence_leave")], [0, [0]])
    page.receive(diff(5, 6, 2, { joins: [member("bob", { at: 2 })] }))
    assert.deepEqual(ids(second), ["ada", "bob"])
    assert.deepEqual(ids(page.presence), ["ada"], "it follows no longer")
    second.unsubscribe()
    page.clock.advance(200)
    assert.deepEqual([count("unsubscribe"), page.cable.counts("presence_leave")], [1, [1]])
    assert.equal(page.clock.pending, 0)
  })

  it("have handlers of their own", () => {
    const page = Page.listed(["ada"])
    const log = record(page.join())
    page.presence.unsubscribe()
    page.receive(diff(5, 6, 2, { joins: [member("bob")] }))
    assert.deepEqual(page.log, [])
    assert.ok(log.includes("sync"))
  })

  it("give the list to the late one at once, and its own first onSync after it could say so", async () => {
    const page = Page.listed(["ada"])
    const second = page.join()
    assert.deepEqual([ids(second), second.count], [["ada"], 1])
    const log = record(second)
    assert.deepEqual(log, [])
    await settled()
    assert.deepEqual(log, ["sync"])
    page.receive(diff(5, 6, 2, { joins: [member("bob")] }))
    assert.deepEqual(log, ["sync", "join bob", "sync"])
    assert.equal(page.syncs().length, 0)
  })

  it("tell the late one once when a message comes first", async () => {
    const page = Page.listed(["ada"])
    const log = record(page.join())
    page.receive(diff(5, 6, 2, { joins: [member("bob")] }))
    await settled()
    assert.deepEqual(log, ["sync"])
  })

  it("are two where the identifiers differ, or the consumers", () => {
    const page = Page.listed(["ada"])
    page.join({ channel: "RoomChannel", id: 2 })
    assert.equal(page.cable.commands.filter(({ command }) => command === "subscribe").length, 2)
    const elsewhere = new Page()
    elsewhere.join()
    elsewhere.cable.welcome()
    assert.equal(elsewhere.cable.commands.filter(({ command }) => command === "subscribe").length, 1)
  })
})

describe("unsubscribe", () => {
  it("says goodbye, then ends the subscription, and the last list stays readable and stale", () => {
    const page = Page.listed(["ada"])
    page.presence.unsubscribe()
    page.receive(diff(5, 6, 2, { joins: [member("bob")] }))
    page.clock.advance(200)
    const last = page.cable.commands.slice(-2).map(({ action, command }) => action ?? command)
    assert.deepEqual(last, ["presence_leave", "unsubscribe"])
    assert.deepEqual([ids(page.presence), page.presence.stale, page.log], [["ada"], true, []])
    assert.deepEqual([page.presence.count, page.presence.has("bob"), page.presence.get("ada").id], [1, false, "ada"])
  })

  it("names its session, so that a goodbye which is late does not end that of its successor", () => {
    const page = Page.listed(["ada"])
    page.presence.unsubscribe()
    page.clock.advance(200)
    assert.deepEqual(page.cable.actions("presence_leave"), [{ resume: "r1" }])
  })

  it("leaves no listener on the page and no timer", () => {
    const page = new Page()
    let listening = 0
    for (const target of [page.window, page.document]) {
      const { addEventListener: add, removeEventListener: remove } = target
      target.addEventListener = (...all) => { listening += 1; add.apply(target, all) }
      target.removeEventListener = (...all) => { listening -= 1; remove.apply(target, all) }
    }
    const presence = page.join()
    page.cable.welcome()
    assert.ok(listening > 0)
    presence.unsubscribe()
    page.clock.advance(200)
    assert.deepEqual([listening, page.clock.pending], [0, 0])
  })

  it("and a new Presence of the same identifier within a moment, as Turbo and React have it, say nothing at all", async () => {
    const page = Page.listed(["ada"])
    const sent = page.cable.commands.length
    page.presence.unsubscribe()
    page.clock.advance(100)
    const next = page.join()
    const log = record(next)
    assert.deepEqual(ids(next), ["ada"])
    await settled()
    page.clock.advance(1_000)
    page.receive(diff(5, 6, 2, { joins: [member("bob", { at: 2 })] }))
    assert.deepEqual([log, page.cable.commands.length], [["sync", "join bob", "sync"], sent])
  })

  it("and a new one later start again, and make sure that the server took the two in this order", () => {
    const page = Page.listed(["ada"])
    page.presence.unsubscribe()
    page.clock.advance(400)
    const next = page.join()
    const log = record(next)
    page.receive(session("r2"), state(6, ["ada", "bob"]))
    assert.deepEqual([ids(next), log], [["ada", "bob"], ["sync"]])
    page.pinged(1_000)
    assert.equal(page.heartbeats(), 1)
  })

  it("hands nothing of what the page showed on to a successor", () => {
    const page = Page.listed(["ada"])
    page.presence.update({ typing: true })
    page.presence.unsubscribe()
    page.join()
    const commands = () => page.cable.commands.map(({ command, action }) => command ?? action)
    assert.deepEqual(commands(), ["subscribe", "presence_update", "presence_leave", "unsubscribe"])
    page.clock.advance(200)
    assert.deepEqual(commands().slice(4), ["subscribe"], "some time after the goodbye, which it must not get")
    page.clock.advance(900)
    assert.equal(page.cable.actions("presence_update").length, 1)
  })

  it("of one that has not subscribed yet sends nothing, however often it comes and goes", () => {
    const page = Page.listed(["ada"])
    page.presence.update({ typing: true })
    page.presence.unsubscribe()
    const sent = page.cable.commands.length
    for (let visit = 0; visit < 20; visit++) {
      const presence = page.join()
      presence.update({ visit })
      page.clock.advance(9)
      presence.unsubscribe()
    }
    assert.equal(page.cable.commands.length, sent)
    page.join()
    page.clock.advance(20) // 200 ms after the one that did subscribe
    assert.deepEqual(page.cable.commands.slice(sent).map(({ command }) => command), ["subscribe"])
  })

  it("is not put off where the page goes", () => {
    const page = Page.listed(["ada"])
    page.presence.unsubscribe()
    page.pagehide(true)
    assert.deepEqual(page.cable.commands.slice(-2).map(({ command, action }) => command ?? action), ["presence_leave", "unsubscribe"])
    page.pageshow(true)
    page.clock.advance(60_000)
    assert.equal(page.cable.commands.filter(({ command }) => command === "subscribe").length, 1)
  })

  it("is at once where we cannot see the connection, and for a subscription of the app's own", () => {
    const done = []
    const plain = { subscriptions: { create: () => ({ perform: action => { done.push(action) }, unsubscribe() { done.push("unsubscribe") } }) } }
    new Presence(plain, ROOM, new Page().options).unsubscribe()
    assert.deepEqual(done, ["presence_leave", "unsubscribe"])
  })
})

describe("a subscription of the app's own", () => {
  const app = (page, callbacks = {}) => page.cable.subscriptions.create(ROOM, callbacks)

  it("gets its own messages as before, and not ours", () => {
    const page = new Page()
    const seen = []
    const subscription = app(page, {
      received(data) { seen.push([this === subscription, data]) }, connected() { seen.push("connected") }, disconnected() { seen.push("disconnected") }
    })
    const presence = new Presence(subscription, page.options)
    const log = record(presence)
    page.cable.welcome()
    page.receive(state(1, ["ada"]), { chat: "hi" })
    page.cable.drop()
    assert.deepEqual(seen, ["connected", [true, { chat: "hi" }], "disconnected"])
    assert.deepEqual(ids(presence), ["ada"])
    assert.deepEqual(log, ["sync", 'message {"chat":"hi"}', "stale"])
  })

  it("that was confirmed long ago is asked for the state that has gone by", () => {
    const page = new Page()
    const subscription = app(page)
    page.cable.welcome()
    const presence = new Presence(subscription, undefined, page.options)
    const log = record(presence)
    assert.equal(page.syncs().length, 0, "not from inside the constructor")
    page.clock.advance(0)
    assert.equal(page.syncs().length, 1)
    page.receive(state(1, ["ada"]))
    assert.deepEqual([ids(presence), log], [["ada"], ["sync"]])
    page.clock.advance(15_000)
    assert.equal(page.heartbeats(), 1)
  })

  it("is not asked twice while it is still to be confirmed", () => {
    const page = new Page()
    const subscription = app(page)
    page.cable.confirms = false
    page.cable.welcome()
    page.cable.subscriptions.guarantor = { pendingSubscriptions: [subscription] }
    new Presence(subscription, page.options)
    page.clock.advance(0)
    assert.equal(page.syncs().length, 0)
  })

  it("is ended by unsubscribe, with its callbacks as they were", () => {
    const page = new Page()
    const received = () => {}
    const subscription = app(page, { received })
    page.cable.welcome()
    const presence = new Presence(subscription, page.options)
    presence.unsubscribe()
    assert.equal(subscription.received, received)
    assert.equal(Object.hasOwn(subscription, "connected"), false)
    assert.equal(page.cable.commands.at(-1).command, "unsubscribe")
  })

  it("is shared by all Presences of it", () => {
    const page = new Page()
    const subscription = app(page)
    page.cable.welcome()
    const [one, two] = [new Presence(subscription, page.options), page.join()]
    page.receive(state(1, ["ada"]))
    assert.deepEqual([ids(one), ids(two)], [["ada"], ["ada"]])
    assert.equal(page.cable.commands.filter(({ command }) => command === "subscribe").length, 1)
  })

  it("needs no more than perform and unsubscribe", () => {
    const performed = []
    const subscription = { perform: action => performed.push(action), unsubscribe() { performed.push("unsubscribe") } }
    const page = new Page()
    const presence = new Presence(subscription, page.options)
    subscription.received(state(1, ["ada"]))
    subscription.received(ack(2, 1))
    page.clock.advance(16_000)
    presence.unsubscribe()
    assert.deepEqual(ids(presence), ["ada"])
    assert.ok(performed.includes("presence_sync") && performed.includes("presence_heartbeat"))
    assert.deepEqual(performed.slice(-2), ["presence_leave", "unsubscribe"])
  })
})

describe("a channel that tracks several topics", () => {
  it("is followed on the first that it names, and on others by `topic`", () => {
    const page = new Page()
    const [first, second] = [page.join(), page.join(ROOM, { topic: "room:2" })]
    page.cable.welcome()
    page.receive(state(1, ["ada"]), state(4, ["bob"], { topic: "room:2" }), diff(4, 5, 0, { topic: "room:2" }), diff(1, 2, 2, { joins: [member("cat")] }))
    assert.deepEqual([ids(first).sort(), ids(second)], [["ada", "cat"], []])
  })

  it("is asked by name", () => {
    const page = new Page()
    const presences = [page.join(), page.join(ROOM, { topic: "room:2" })]
    page.cable.welcome()
    page.receive(state(1, ["ada"]), state(4, ["bob"], { topic: "room:2" }), diff(9, 10, 1, { topic: "room:2" }))
    assert.deepEqual(page.syncs(), [{ topic: "room:2" }])
    assert.deepEqual(presences.map(ids), [["ada"], ["bob"]])
  })
})

describe("new Presence", () => {
  const consumer = () => new Page().cable
  for (const [what, make, message] of [
    ["nothing", () => new Presence(), /takes a consumer.*but got undefined/],
    ["no consumer", () => new Presence({}, ROOM), /takes a consumer.*but got {}/],
    ["no identifier", () => new Presence(consumer()), /takes an identifier.*but got undefined/],
    ["an identifier without a channel", () => new Presence(consumer(), { id: 1 }), /takes an identifier.*but got {"id":1}/],
    ["an Array", () => new Presence(consumer(), ["RoomChannel"]), /takes an identifier/]
  ]) {
    it(`refuses ${what}`, () => assert.throws(make, error => error instanceof TypeError && message.test(error.message)))
  }

  it("takes a channel's name alone", () => {
    const page = new Page()
    page.join("LobbyChannel")
    page.cable.welcome()
    assert.equal(page.cable.commands[0].identifier, '{"channel":"LobbyChannel"}')
  })

  it("needs of a consumer no more than subscriptions.create", () => {
    const performed = []
    let mixin
    const plain = { subscriptions: { create(_params, callbacks) { mixin = callbacks; return { perform: (action, data) => performed.push([action, data]), unsubscribe() {} } } } }
    const page = new Page()
    const presence = new Presence(plain, ROOM, page.options)
    mixin.connected()
    mixin.received(state(1, ["ada"]))
    presence.update({ typing: true })
    mixin.received(diff(4, 5, 2))
    mixin.disconnected()
    assert.equal(presence.stale, true)
    assert.deepEqual(performed.map(([action]) => action), ["presence_update", "presence_sync"])
  })
})
