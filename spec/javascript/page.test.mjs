// The life of a page: hidden, frozen, asleep, offline, kept in the back/forward cache, and back again.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { Page, ack, diff, ids, member, session, state } from "./support/page.mjs"

const answer = page => {
  page.cable.serve = ({ action }) => { if (action === "presence_heartbeat") page.receive(ack(5, 1)) }
  return page
}

describe("a page that goes", () => {
  it("says goodbye, once, with its session", () => {
    const page = Page.listed(["ada"])
    page.pagehide(false)
    page.pagehide(false)
    page.presence.unsubscribe()
    assert.deepEqual(page.cable.actions("presence_leave"), [{ resume: "r1" }])
  })

  it("says nothing after that", () => {
    const page = Page.listed(["ada"])
    page.pagehide(false)
    const sent = page.cable.commands.length
    page.presence.update({ typing: true })
    page.pinged(60_000)
    assert.equal(page.cable.commands.length, sent)
  })

  it("closes its socket where the browser may keep it: with an open one it would not, or would close it itself", () => {
    const page = Page.listed(["ada"])
    page.pagehide(true)
    assert.equal(page.cable.connection.isOpen(), false)
    assert.deepEqual(page.cable.counts("presence_leave"), [1])
    const other = Page.listed(["ada"])
    other.pagehide(false)
    assert.equal(other.cable.connection.isOpen(), true)
  })
})

describe("a page from the back/forward cache", () => {
  it("connects at once, not when the stock client gets round to it, and is right again", () => {
    const page = Page.listed(["ada"])
    page.pagehide(true)
    const before = page.cable.connection.opened
    page.clock.advance(1_000)
    assert.equal(page.cable.connection.opened, before)
    page.pageshow(true)
    assert.equal(page.cable.connection.opened, before + 1)
    assert.equal(page.presence.stale, true)
    page.cable.welcome()
    page.receive(session("r2"), state(2, ["bob"], { epoch: "e2" }))
    assert.deepEqual([ids(page.presence), page.presence.stale], [["bob"], false])
  })

  it("subscribes anew where its socket is still open, as its session said goodbye", () => {
    const page = Page.listed(["ada"])
    page.cable.connection.close = () => {}
    page.pagehide(true)
    page.pageshow(true)
    page.clock.advance(200)
    const commands = page.cable.commands.map(({ command, action }) => command ?? action)
    assert.deepEqual(commands, ["subscribe", "presence_leave", "unsubscribe", "subscribe"])
    page.receive(session("r2"), state(7, ["ada"]))
    answer(page).pinged(15_000)
    assert.equal(page.heartbeats(), 1)
    assert.equal(page.presence.stale, false)
  })

  it("makes sure of it a second later: servers may take an unsubscribe and a subscribe in the other order", () => {
    const page = Page.listed(["ada"])
    page.pagehide(false)
    page.pageshow(true)
    page.clock.advance(200)
    const subscribed = () => page.cable.commands.filter(({ command }) => command === "subscribe").length
    assert.equal(subscribed(), 2)
    page.pinged(900)
    assert.equal(page.heartbeats(), 0)
    page.pinged(200)
    assert.equal(page.heartbeats(), 1)
    page.pinged(5_300)
    assert.equal(subscribed(), 3)
  })

  it("leaves it to the stock client where the connection is lost meanwhile", () => {
    const page = Page.listed(["ada"])
    page.pagehide(false)
    page.pageshow(true)
    page.cable.drop()
    page.clock.advance(1)
    page.cable.welcome()
    page.clock.advance(1_000)
    const commands = page.cable.commands.map(({ command }) => command).filter(Boolean)
    assert.deepEqual(commands, ["subscribe", "unsubscribe", "subscribe"])
  })

  it("has nothing to subscribe to anew where its goodbye could not be said", () => {
    const page = Page.listed(["ada"])
    page.cable.drop()
    page.pagehide(true)
    page.cable.connection.open()
    page.cable.welcome()
    const sent = page.cable.commands.length
    page.pageshow(true)
    assert.deepEqual(page.cable.commands.slice(sent).map(({ command, action }) => command ?? action), ["presence_heartbeat"])
  })

  it("opens a socket at once that turns out to be closed only after it is back", () => {
    const page = Page.listed(["ada"])
    page.cable.connection.close = () => {}
    page.pagehide(true)
    page.pageshow(true)
    const before = page.cable.connection.opened
    page.cable.drop()
    page.clock.advance(1)
    assert.equal(page.cable.connection.opened, before + 1)
  })

  it("does not connect where the app had disconnected", () => {
    const page = Page.listed(["ada"])
    page.cable.connection.close({ allowReconnect: false })
    page.pagehide(true)
    const before = page.cable.connection.opened
    page.pageshow(true)
    page.online()
    page.clock.advance(60_000)
    assert.equal(page.cable.connection.opened, before)
  })

  it("is no news where the page was only loaded", () => {
    const page = Page.listed(["ada"])
    page.pageshow(false)
    assert.deepEqual(page.cable.counts("presence_leave", "presence_heartbeat", "presence_sync"), [0, 0, 0])
  })
})

for (const [event, happen] of [["online", page => page.online()], ["resume", page => page.resume()]]) {
  describe(`the event ${event}`, () => {
    it("makes the page speak at once", () => {
      const page = Page.listed(["ada"])
      happen(page)
      assert.equal(page.heartbeats(), 1)
    })

    it("and without an answer within 3 s, connect anew", () => {
      const page = Page.listed(["ada"])
      page.clock.advance(1_000)
      happen(page)
      page.clock.advance(3_100)
      assert.equal(page.cable.connection.reopened, 1)
      assert.equal(page.presence.stale, true)
    })

    it("opens a closed socket at once", () => {
      const page = Page.listed(["ada"])
      page.cable.drop()
      const before = page.cable.connection.opened
      happen(page)
      assert.equal(page.cable.connection.opened, before + 1)
    })
  })
}

describe("the event offline", () => {
  it("makes the list stale, until the server has answered", () => {
    const page = Page.listed(["ada"])
    page.offline()
    assert.equal(page.presence.stale, true)
    page.online()
    page.receive(ack(5, 1))
    assert.deepEqual(page.log, ["stale", "fresh"])
  })
})

describe("a tab that is looked at again", () => {
  it("speaks when it was due, and is left alone when it was not", () => {
    const page = answer(Page.listed(["ada"]))
    page.show("hidden")
    page.show("visible")
    assert.equal(page.heartbeats(), 0)
    page.show("hidden")
    page.clock.sleep(16_000)
    const before = page.heartbeats()
    page.show("visible")
    assert.ok(page.heartbeats() >= before)
    assert.ok(page.heartbeats() >= 1)
  })

  it("that heard nothing for a while makes the server show that it is there", () => {
    const page = Page.listed(["ada"])
    page.show("hidden")
    page.clock.advance(9_000)
    page.show("visible")
    assert.equal(page.heartbeats(), 1)
    page.clock.advance(3_100)
    assert.equal(page.cable.connection.reopened, 1)
  })
})

describe("a machine that slept", () => {
  it("speaks as soon as it is awake, though no event says so", () => {
    const page = Page.listed(["ada"])
    page.clock.sleep(3_600_000)
    assert.equal(page.heartbeats(), 1)
    page.receive(state(2, ["bob"], { epoch: "e2" }))
    assert.deepEqual(ids(page.presence), ["bob"])
  })

  it("with a socket that died meanwhile connects anew within seconds", () => {
    const page = Page.listed(["ada"])
    page.clock.sleep(3_600_000)
    page.clock.advance(3_100)
    assert.equal(page.cable.connection.reopened, 1)
  })
})

describe("the page's own clock", () => {
  it("runs, and needs no browser", async () => {
    const page = new Page()
    const { Presence } = await import("../../app/assets/javascripts/presence_rs.js")
    const presence = new Presence(page.cable, { channel: "RoomChannel", id: "real" })
    page.cable.welcome()
    const identifier = page.cable.commands[0].identifier
    page.cable.message(identifier, state(1, ["ada"], { heartbeat: 0.1 }))
    await new Promise((resolve, reject) => {
      page.cable.serve = ({ action }) => { if (action === "presence_heartbeat") resolve() }
      setTimeout(() => reject(new Error("no heartbeat within 20 s, though every 0.1 s was asked for")), 20_000).unref()
    })
    presence.unsubscribe()
  })
})

describe("diffs during all that", () => {
  it("are applied", () => {
    const page = Page.listed(["ada"])
    page.offline()
    page.receive(diff(5, 6, 2, { joins: [member("bob", { at: 2 })] }))
    assert.deepEqual(ids(page.presence), ["ada", "bob"])
  })
})
