// presence.emit and presence.on: events between members.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { Page, ROOM, session, state } from "./support/page.mjs"

const ME = { id: "ada", session: "s1" }
const emits = page => page.cable.actions("presence_emit")

function event(name, data = {}, from = { id: "bob", session: "s2" }, more = {}) {
  return { type: "presence_event", topic: "room:1", event: name, from, data, ...more }
}

// A page that may emit.
function speaking(more = {}) {
  const page = Page.listed(["ada", "bob"])
  page.receive(session("r2", { ...ME, ...more }))
  page.log.length = 0
  return page
}

describe("on", () => {
  it("gets the data and who it is from, in order, and nothing of other events", () => {
    const page = speaking()
    const heard = []
    page.presence.on("cheer", (data, from) => heard.push([data, from]))
    page.receive(event("cheer", { lane: 1 }), event("boo", { lane: 2 }), event("cheer", { lane: 3 }, { id: "carl", session: "s3" }))
    assert.deepEqual(heard, [[{ lane: 1 }, { id: "bob", session: "s2" }], [{ lane: 3 }, { id: "carl", session: "s3" }]])
    assert.ok(Object.isFrozen(heard[0][1]))
    assert.deepEqual(page.log, [])
  })

  it("has nobody for the server", () => {
    const page = speaking()
    const senders = []
    page.presence.on("start", (data, from) => senders.push(from))
    page.receive(event("start", {}, { id: null, session: null }), event("start", {}, null))
    assert.deepEqual(senders, [{ id: null, session: null }, { id: null, session: null }])
  })

  it("takes names that are those of the page's own events apart", () => {
    const page = speaking()
    const heard = []
    page.presence.on("sync", data => heard.push(data))
    page.receive(event("sync", { mine: 1 }), state(6, ["ada"]))
    assert.deepEqual(heard, [{ mine: 1 }])
  })

  it("ends with what it returns, and with unsubscribe", () => {
    const page = speaking()
    const heard = []
    const off = page.presence.on("cheer", () => heard.push("first"))
    page.presence.on("cheer", () => heard.push("second"))
    off()
    page.receive(event("cheer"))
    page.presence.unsubscribe()
    page.receive(event("cheer"))
    assert.deepEqual(heard, ["second"])
  })

  it("is of one topic where a channel follows several", () => {
    const page = speaking()
    const other = page.join(ROOM, { topic: "other" })
    const heard = []
    page.presence.on("cheer", () => heard.push("room:1"))
    other.on("cheer", () => heard.push("other"))
    page.receive(event("cheer", {}, undefined, { topic: "other" }), event("cheer", {}, undefined, { topic: "unknown" }))
    assert.deepEqual(heard, ["other"])
  })

  it("gets what came before the first list", () => {
    const page = new Page()
    const presence = page.join()
    const heard = []
    presence.on("cheer", data => heard.push(data))
    page.cable.welcome()
    page.receive(event("cheer", { n: 1 }))
    assert.deepEqual(heard, [{ n: 1 }])
  })

  it("is told of one that makes no sense by onError alone", () => {
    const page = speaking()
    page.presence.on("cheer", () => assert.fail())
    page.receive(event("cheer", null), event("cheer", [1]), event(5))
    assert.deepEqual(page.log, Array(3).fill("error invalid_message"))
  })

  it("refuses what is no name, or no handler", () => {
    const page = speaking()
    assert.throws(() => page.presence.on(5, () => {}), /takes the name of an event, but got 5/)
    assert.throws(() => page.presence.on("cheer"), /is a function/)
  })
})

describe("emit", () => {
  it("is sent at once, numbered from 1 on", () => {
    const page = speaking()
    assert.equal(page.presence.emit("cheer", { lane: 2 }), true)
    assert.equal(page.presence.emit("cheer"), true)
    assert.deepEqual(emits(page), [{ event: "cheer", data: { lane: 2 }, seq: 1 }, { event: "cheer", data: {}, seq: 2 }])
  })

  it("names a member, and one session of theirs", () => {
    const page = speaking()
    page.presence.emit("signal", { n: 1 }, { to: 42 })
    page.presence.emit("signal", { n: 2 }, { to: "bob", session: "s2" })
    assert.deepEqual(emits(page), [{ event: "signal", data: { n: 1 }, to: "42", seq: 1 },
      { event: "signal", data: { n: 2 }, to: "bob", session: "s2", seq: 2 }])
  })

  it("answers nobody where it was the server that has spoken", () => {
    const page = speaking()
    let thrown
    page.presence.on("start", (data, from) => {
      try {
        page.presence.emit("ready", {}, { to: from.id, session: from.session })
      } catch (error) {
        thrown = error
      }
    })
    page.receive(event("start", {}, { id: null, session: null }))
    assert.ok(thrown instanceof TypeError)
    assert.match(thrown.message, /takes the id of a member as `to`, but got null.*the server/)
    assert.deepEqual(emits(page), [])
  })

  it("is for all sessions of a member where the session is none", () => {
    const page = speaking()
    page.presence.emit("cheer", {}, { to: "bob", session: null })
    page.presence.emit("cheer", {}, { session: null })
    assert.deepEqual(emits(page), [{ event: "cheer", data: {}, to: "bob", seq: 1 }, { event: "cheer", data: {}, seq: 2 }])
  })

  it("names its topic where there are several", () => {
    const page = speaking()
    page.receive({ ...state(1, []), topic: "other" })
    page.presence.emit("cheer")
    assert.deepEqual(emits(page), [{ event: "cheer", data: {}, seq: 1, topic: "room:1" }])
  })

  it("is not sent, and not kept, where nobody can send it", () => {
    const silent = Page.listed(["ada"])
    assert.equal(silent.presence.emit("cheer"), false)

    const page = speaking()
    page.cable.drop()
    assert.equal(page.presence.emit("cheer"), false)
    page.cable.welcome()
    assert.equal(page.presence.emit("cheer"), false)
    assert.deepEqual(emits(page), [])
    page.receive(session("r3", { id: "ada", session: "s9" }))
    assert.equal(page.presence.emit("cheer"), true)
    assert.deepEqual(emits(page), [{ event: "cheer", data: {}, seq: 1 }])
    page.presence.unsubscribe()
    assert.equal(page.presence.emit("cheer"), false)
  })

  it("leaves no gap in its numbers where the socket did not take one", () => {
    const page = speaking()
    const socket = page.cable.connection.webSocket
    const { readyState } = socket
    // It is closing, and has not said so yet.
    socket.readyState = readyState + 1
    assert.equal(page.presence.emit("cheer"), false)
    socket.readyState = readyState
    assert.equal(page.presence.emit("cheer"), true)
    assert.deepEqual(emits(page).map(({ seq }) => seq), [1])
  })

  it("takes a copy", () => {
    const page = speaking()
    const data = { at: { x: 1 } }
    page.presence.emit("cheer", data)
    data.at.x = 2
    assert.deepEqual(emits(page)[0].data, { at: { x: 1 } })
  })

  it("refuses what cannot be sent, with the value", () => {
    const { presence } = speaking()
    for (const name of [undefined, 5, ""]) assert.throws(() => presence.emit(name), /takes the name of an event/)
    for (const data of [null, 5, "x", [1], () => {}]) assert.throws(() => presence.emit("cheer", data), /takes an object such as/)
    assert.throws(() => presence.emit("cheer", {}, { session: "s2" }), /together with its member/)
    for (const to of [true, {}, ["bob"], NaN]) assert.throws(() => presence.emit("cheer", {}, { to }), /takes the id of a member as `to`, but got/)
  })

  it("that the server refuses is told by onError, with its name", () => {
    const page = speaking()
    const errors = []
    page.presence.onError(error => errors.push(error))
    page.receive({ type: "presence_error", topic: "room:1", code: "forbidden", message: "No.", event: "boo" })
    assert.deepEqual(errors, [{ code: "forbidden", message: "No.", topic: "room:1", retry: null, event: "boo" }])
  })

  it("answers no heartbeat with such an error", () => {
    const page = speaking()
    page.pinged(15_000)
    const before = page.heartbeats()
    page.receive({ type: "presence_error", topic: "room:1", code: "forbidden", message: "No.", event: "boo" })
    page.pinged(6_000)
    assert.ok(page.heartbeats() > before)
  })
})

describe("id and session", () => {
  it("are null until they are told, and the session's again while there is none", () => {
    const page = Page.listed(["ada"])
    assert.deepEqual([page.presence.id, page.presence.session], [null, null])
    page.receive(session("r2", ME))
    assert.deepEqual([page.presence.id, page.presence.session], ["ada", "s1"])
    page.cable.drop()
    assert.deepEqual([page.presence.id, page.presence.session], ["ada", null])
    page.cable.welcome()
    page.receive(session("r3", { id: "ada", session: "s2" }))
    assert.equal(page.presence.session, "s2")
    page.presence.unsubscribe()
    assert.equal(page.presence.session, null)
  })

  it("are known to a Presence that comes later", () => {
    const page = speaking()
    const late = page.join()
    assert.deepEqual([late.id, late.session], ["ada", "s1"])
    const other = page.join(ROOM, { topic: "other" })
    assert.equal(other.session, null)
  })
})
