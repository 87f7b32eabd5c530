// With the real client of @rails/actioncable, over real sockets, against a small server that speaks its protocol.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, it } from "node:test"
import { Presence } from "../../app/assets/javascripts/presence_rs.js"
import { CableServer } from "./support/cable_server.mjs"
import { ROOM, ids, record } from "./support/page.mjs"
import { Tab, consumerFor, impatiently } from "./support/stock.mjs"

let server, consumer, tab, presences

beforeEach(async () => {
  server = await new CableServer().listen()
  consumer = consumerFor(server)
  tab = new Tab()
  presences = []
})

afterEach(async () => {
  for (const presence of presences) presence.unsubscribe()
  consumer.disconnect()
  await server.close()
})

function join(identifier = ROOM) {
  const presence = new Presence(consumer, identifier, { events: tab.events })
  presences.push(presence)
  return presence
}

const again = () => {
  const before = server.count("subscribe")
  return impatiently(() => server.until("another subscription", () => server.count("subscribe") > before))
}

const listed = (presence, ...expected) => server.until(`the list is ${expected}, and not ${ids(presence)}`, () => ids(presence).join() === expected.join())

describe("the stock client", () => {
  it("carries states, diffs and the app's own messages", async () => {
    server.join("ada")
    const presence = join()
    const log = record(presence)
    await listed(presence, "ada")
    server.join("bob")
    server.leave("ada")
    server.say({ chat: "hi" })
    await server.until("the message is there", () => log.length >= 6)
    assert.deepEqual(log, ["sync", "join bob", "sync", "leave ada left", "sync", 'message {"chat":"hi"}'])
    assert.equal(server.count("presence_sync"), 0)
  })

  it("pings, which show that the socket lives, and are occasions for heartbeats", async () => {
    server.heartbeat = 0.2
    const presence = join()
    await server.until("three heartbeats", () => server.count("presence_heartbeat") >= 3)
    server.joinUnseen("ada")
    await listed(presence, "ada")
    assert.ok(server.count("presence_sync") >= 1)
  })

  it("shares one subscription between two Presences, and ends it with the last", async () => {
    const [one, two] = [join(), join()]
    server.join("ada")
    await listed(one, "ada")
    await listed(two, "ada")
    assert.equal(server.count("subscribe"), 1)
    one.unsubscribe()
    server.join("bob")
    await listed(two, "ada", "bob")
    two.unsubscribe()
    await server.until("it is ended", () => server.count("unsubscribe") === 1)
    assert.deepEqual(server.of("presence_leave").map(({ resume }) => resume), ["resume-1"])
  })

  it("is unsubscribed and subscribed again at once, as by a Turbo visit", async () => {
    server.join("ada")
    const before = join()
    await listed(before, "ada")
    before.unsubscribe()
    const after = join()
    await listed(after, "ada")
    server.join("bob")
    await listed(after, "ada", "bob")
    assert.deepEqual(ids(before), ["ada"])
    assert.deepEqual([server.count("subscribe"), server.count("presence_leave")], [1, 0])
    after.update({ typing: true })
    after.unsubscribe()
    await listed(join(), "ada", "bob")
    await server.until("it is another subscription", () => server.count("subscribe") === 2)
  })

  it("reconnects after a dropped socket: earlier session, last update, right list", async () => {
    const presence = join()
    await server.until("it is subscribed", () => server.count("subscribe") === 1 && presence.stale === false)
    presence.update({ typing: true })
    await server.until("the update is there", () => server.count("presence_update") >= 1)
    server.drop()
    await server.until("the page knows", () => presence.stale)
    server.join("ada")
    await again()
    await listed(presence, "ada")
    await server.until("it says who it was", () => server.of("presence_sync").some(({ resume }) => resume === "resume-1"))
    await server.until("it shows what it showed", () => server.of("presence_update").length >= 2)
    assert.deepEqual(server.of("presence_update").at(-1).meta, { typing: true })
    await server.until("the list is right again", () => !presence.stale)
  })

  it("reconnects to a server that was restarted and knows nobody", async () => {
    server.join("ada")
    const presence = join()
    const log = record(presence)
    await listed(presence, "ada")
    await server.restart()
    server.join("bob")
    await again()
    await listed(presence, "bob")
    await server.until("the list is right again", () => !presence.stale)
    assert.deepEqual(log, ["sync", "stale", "fresh", "join bob", "leave ada", "sync"])
  })

  it("finds out about a network that swallows everything, and is right within seconds of its return", async () => {
    const presence = join()
    server.join("ada")
    await listed(presence, "ada")
    server.silent = true
    server.joinUnseen("bob")
    await impatiently(() => server.until("the page knows", () => presence.stale))
    server.silent = false
    await again()
    await listed(presence, "ada", "bob")
    await server.until("the list is right again", () => !presence.stale)
  })

  it("tells of a rejection once, and leaves the way free for another try", async () => {
    server.rejects = true
    const presence = join()
    const log = record(presence)
    await server.until("the rejection is there", () => log.includes("error rejected"))
    server.rejects = false
    server.join("ada")
    await listed(join(), "ada")
    assert.deepEqual(log.filter(entry => entry.startsWith("error")), ["error rejected"])
  })

  it("goes into the back/forward cache with a goodbye, and comes back at once", async () => {
    const presence = join()
    server.join("ada")
    await listed(presence, "ada")
    tab.fire("pagehide", { persisted: true })
    await server.until("goodbye", () => server.count("presence_leave") === 1 && server.sockets.size === 0)
    server.join("bob")
    tab.fire("pageshow", { persisted: true })
    await listed(presence, "ada", "bob")
    assert.equal(presence.stale, false)
  })

  it("subscribes anew on a socket that a browser kept open through the back/forward cache", async () => {
    const presence = join()
    server.join("ada")
    await listed(presence, "ada")
    tab.fire("pagehide", { persisted: false })
    await server.until("goodbye", () => server.count("presence_leave") === 1)
    tab.fire("pageshow", { persisted: true })
    await server.until("a second subscription", () => server.count("subscribe") >= 2)
    server.join("bob")
    await listed(presence, "ada", "bob")
    await server.until("the list is right again", () => !presence.stale)
    assert.equal(server.sockets.size, 1)
  })

  it("keeps an app's own subscription, whose callbacks go on working, through all that", async () => {
    const seen = []
    const subscription = consumer.subscriptions.create(ROOM, { received(data) { seen.push(data) } })
    const presence = new Presence(subscription, { events: tab.events })
    presences.push(presence)
    server.join("ada")
    await listed(presence, "ada")
    tab.fire("pagehide", { persisted: false })
    tab.fire("pageshow", { persisted: true })
    await server.until("a second subscription", () => server.count("subscribe") >= 2)
    server.join("bob")
    await listed(presence, "ada", "bob")
    server.say({ chat: "hi" })
    await server.until("the message is there", () => seen.length > 0)
    assert.deepEqual(seen, [{ chat: "hi" }])
  })

  it("stays disconnected when the app disconnects it", async () => {
    const presence = join()
    await server.until("it is subscribed", () => server.count("subscribe") === 1)
    consumer.disconnect()
    await server.until("the page knows", () => presence.stale && server.sockets.size === 0)
    tab.fire("online")
    tab.fire("pageshow", { persisted: true })
    await new Promise(resolve => setImmediate(resolve))
    assert.equal(consumer.connection.isActive(), false)
  })
})
