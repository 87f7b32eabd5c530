// Who connects to whom, and that nothing which is lost, late, forged or garbage keeps them from it. Browsers are in
// spec/system/peers_spec.rb.
import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { describe, it } from "node:test"
import { Peers } from "../../app/assets/javascripts/presence_rs/peers.js"
import { Bus } from "./support/bus.mjs"
import { FakeStream, Network } from "./support/fake_rtc.mjs"

// People on a topic, with Peers each.
class Call {
  bus = new Bus()
  network = new Network()
  sessions = 0

  come(id, options = {}) {
    const presence = this.bus.join(id, `session ${++this.sessions}`)
    const person = { presence, window: new EventTarget(), log: [], errors: [] }
    return Object.assign(person, { peers: this.peers(person, options) })
  }

  peers({ presence, window, log, errors }, options = {}) {
    const { clock } = this.bus
    const all = { clock, window, random: () => 0.5, connect: this.network.connect, stream: new FakeStream("video"), ...options }
    const peers = new Peers(presence, all)
    peers.onStream((member, stream) => { log.push(`+${member.id}`); assert.ok(stream.id.startsWith("stream of")) })
    peers.onGone(member => log.push(`-${member.id}`))
    peers.onError(error => errors.push(error))
    return peers
  }

  settle() { return this.bus.settle() }
  pass(ms) { return this.bus.pass(ms) }
}

const states = ({ peers }) => peers.list().map(({ id, state }) => `${id} ${state}`).sort()
const seen = (...people) => people.map(({ log }) => log.join(" "))

async function two(options) {
  const call = new Call()
  const ada = call.come("ada", options)
  await call.settle()
  const bob = call.come("bob", options)
  await call.settle()
  return { call, ada, bob }
}

describe("two who come one after the other", () => {
  it("see each other, by one connection", async () => {
    const { call, ada, bob } = await two()
    assert.deepEqual(seen(ada, bob), ["+bob", "+ada"])
    assert.deepEqual([ada.peers.count, bob.peers.count, call.network.open.length], [1, 1, 2])
    assert.deepEqual([ada.errors, bob.errors], [[], []])
    const [{ metas, key, stream }] = ada.peers.list()
    assert.equal(metas[0].name, "BOB")
    assert.ok(key.startsWith("bob ") && stream)
  })

  it("take few events for it, and none while nothing happens but a hello a minute", async () => {
    const { call } = await two()
    assert.ok(call.bus.said.length <= 8, call.bus.kinds().join(" "))
    await call.pass(120_000)
    call.bus.said.length = 0
    await call.pass(120_000)
    assert.deepEqual([...new Set(call.bus.kinds())], ["hello"])
    assert.ok(call.bus.said.length <= 6)
  })
})

describe("both at once", () => {
  for (let round = 1; round <= 8; round++) {
    it(`one yields, and there is one connection (${round})`, async () => {
      const call = new Call()
      const [ada, bob] = [call.come("ada"), call.come("bob")]
      await call.settle()
      await call.pass(1_000)
      assert.deepEqual(seen(ada, bob), ["+bob", "+ada"])
      assert.equal(call.network.open.length, 2)
      assert.ok(call.bus.kinds().filter(kind => kind === "offer").length >= 2, "both offered")
      assert.deepEqual([ada.errors, bob.errors], [[], []])
    })
  }

  for (let round = 1; round <= 4; round++) {
    it(`who yields and cannot answer after that gets another connection, and nobody is told (${round})`, async () => {
      const call = new Call()
      call.network.forgetful = true
      const [ada, bob] = [call.come("ada"), call.come("bob")]
      await call.settle()
      await call.pass(1_000)
      assert.deepEqual([seen(ada, bob), call.network.open.length], [["+bob", "+ada"], 2])
      assert.ok(call.network.connections.size > 2, "one was given up")
      assert.deepEqual([ada.errors, bob.errors], [[], []])
    })
  }

  it("four, each with each", async () => {
    const call = new Call()
    const people = ["ada", "bob", "cat", "dan"].map(id => call.come(id))
    await call.settle()
    await call.pass(2_000)
    for (const person of people) assert.equal(person.peers.count, 3)
    assert.equal(call.network.open.length, 12)
  })
})

describe("events that are lost", () => {
  for (const kind of ["hello", "offer", "answer", "candidates"]) {
    it(`${kind}: the first two`, async () => {
      const call = new Call()
      let lost = 0
      call.bus.loses = entry => call.bus.kinds([entry])[0] === kind && ++lost <= 2
      const [ada, bob] = [call.come("ada"), call.come("bob")]
      await call.settle()
      await call.pass(30_000)
      assert.deepEqual([ada.peers.count, bob.peers.count], [1, 1])
      assert.deepEqual([ada.errors, bob.errors], [[], []])
    })
  }

  for (let round = 1; round <= 6; round++) {
    it(`all answers of 14 s: who has answered offers too meanwhile, and makes way (${round})`, async () => {
      const call = new Call()
      const begun = call.bus.clock.now()
      call.bus.loses = entry => call.bus.kinds([entry])[0] === "answer" && call.bus.clock.now() < begun + 14_000
      const [ada, bob] = [call.come("ada"), call.come("bob")]
      await call.settle()
      await call.pass(24_000)
      assert.deepEqual([ada.peers.count, bob.peers.count], [1, 1])
      assert.deepEqual([ada.errors, bob.errors], [[], []])
    })
  }

  for (let seed = 1; seed <= 20; seed++) {
    it(`every third one, by chance (seed ${seed})`, async () => {
      const call = new Call()
      let state = seed
      call.bus.loses = () => (state = (state * 48271) % 2147483647) % 3 === 0
      const people = ["ada", "bob", "cat"].map(id => call.come(id))
      await call.settle()
      const done = () => people.every(({ peers }) => peers.count === 2)
      for (let minute = 0; minute < 5 && !done(); minute++) await call.pass(60_000)
      assert.ok(done(), people.map(states).join("; "))
      assert.equal(call.network.open.length, 6)
    })
  }

  it("the goodbye of a page that is made anew: its successor gets a connection", async () => {
    const { call, ada, bob } = await two()
    call.bus.loses = ({ data }) => data.bye
    call.network.cut = true
    bob.window.dispatchEvent(new Event("pagehide"))
    call.network.cut = false
    bob.peers.close()
    bob.peers = call.peers(bob)
    await call.settle()
    await call.pass(3_000)
    assert.deepEqual([seen(ada), ada.peers.count, bob.peers.count], [["+bob -bob +bob"], 1, 1])
  })
})

describe("somebody who goes", () => {
  it("by close(): the other one's is gone at once, and nothing is left behind", async () => {
    const { call, ada, bob } = await two()
    bob.peers.close()
    await call.settle()
    assert.deepEqual(seen(ada, bob), ["+bob -bob", "+ada -ada"])
    assert.deepEqual([call.network.open.length, bob.presence.handlers], [0, 0])
    bob.peers.close()
    ada.peers.close()
    await call.settle()
    assert.equal(call.bus.clock.pending, 0)
    assert.deepEqual(ada.peers.list(), [])
  })

  it("by leaving the topic, or falling silent", async () => {
    const { call, ada, bob } = await two()
    call.network.cut = true
    call.bus.leave(bob.presence, "expired")
    await call.settle()
    assert.deepEqual(seen(ada, bob), ["+bob -bob", "+ada -ada"])
    assert.equal(call.network.open.length, 0)
  })

  it("without the other one hearing of it: whoever has a connection that is none any more gets another one", async () => {
    const { call, ada, bob } = await two()
    call.network.cut = true
    bob.presence.fire("leave", { id: "bob", metas: [] })
    call.network.cut = false
    await call.settle()
    assert.deepEqual([ada.peers.count, bob.peers.count], [1, 0])
    bob.presence.session = "another"
    bob.presence.fire("sync")
    await call.settle()
    assert.deepEqual([states(ada), states(bob)], [["bob connected"], ["ada connected"]])
    assert.deepEqual(seen(ada, bob), ["+bob -bob +bob", "+ada -ada +ada"])
  })

  it("and comes back: as after a silence, with the same page and another session", async () => {
    const { call, ada, bob } = await two()
    call.network.break()
    call.bus.leave(bob.presence, "expired")
    await call.pass(10_000)
    call.network.mend()
    bob.presence.session = "another"
    call.bus.members.push(bob.presence)
    bob.presence.fire("sync")
    await call.pass(3_000)
    assert.deepEqual([ada.peers.count, bob.peers.count], [1, 1])
    assert.deepEqual(seen(ada, bob), ["+bob -bob +bob", "+ada -ada +ada"])
  })

  it("with one of two tabs: the other one's stays", async () => {
    const { call, ada, bob } = await two()
    const tab = call.come("bob")
    await call.settle()
    assert.deepEqual(seen(ada, tab), ["+bob +bob", "+ada"])
    assert.deepEqual(states(bob), ["ada connected"], "one does not talk to oneself")
    assert.equal(new Set(ada.peers.list().map(({ key }) => key)).size, 2)
    tab.window.dispatchEvent(new Event("pagehide"))
    await call.settle()
    assert.deepEqual(states(ada), ["bob connected"])
  })

  it("into the back/forward cache, and comes back from it", async () => {
    const { call, ada, bob } = await two()
    bob.window.dispatchEvent(Object.assign(new Event("pagehide"), { persisted: true }))
    await call.settle()
    assert.deepEqual(seen(ada), ["+bob -bob"])
    bob.window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }))
    await call.settle()
    assert.deepEqual(seen(ada), ["+bob -bob +bob"])
  })
})

describe("a connection that drops", () => {
  it("is mended by an ICE restart, and the tile stays", async () => {
    const { call, ada, bob } = await two()
    call.network.break()
    assert.deepEqual([states(ada), states(bob)], [["bob reconnecting"], ["ada reconnecting"]])
    await call.pass(1_000)
    call.network.mend()
    await call.pass(12_000)
    assert.deepEqual([states(ada), states(bob)], [["bob connected"], ["ada connected"]])
    assert.deepEqual(seen(ada, bob), ["+bob", "+ada"])
    assert.ok(call.network.open.some(({ restarts }) => restarts > 0))
  })

  it("is restarted at once where it failed, and when the network is back", async () => {
    const { call } = await two()
    call.network.break("failed")
    assert.ok(call.network.open.every(({ restarts }) => restarts === 1))
  })

  it("is given up after 30 s, with an error, and made anew once there is a way", async () => {
    const { call, ada, bob } = await two()
    call.network.break()
    await call.pass(40_000)
    assert.deepEqual([...new Set(ada.errors.map(({ code }) => code))], ["failed"])
    assert.equal(ada.errors[0].member.id, "bob")
    assert.equal(seen(ada)[0], "+bob -bob")
    call.network.mend()
    await call.pass(90_000)
    assert.deepEqual([ada.peers.count, bob.peers.count], [1, 1])
  })

  it("of the socket alone changes nothing: the session has another name after it, and is reached", async () => {
    const { call, ada, bob } = await two()
    bob.presence.session = "another"
    bob.presence.fire("sync")
    await call.settle()
    assert.deepEqual(seen(ada, bob), ["+bob", "+ada"])
    call.bus.said.length = 0
    ada.peers.setStream(null)
    await call.settle()
    assert.deepEqual(call.bus.said[0].to, { to: "bob", session: "another" })
  })
})

describe("max", () => {
  it("is kept: both sides are told, once, and a place that becomes free is taken", async () => {
    const call = new Call()
    const ada = call.come("ada", { max: 1 })
    const bob = call.come("bob", { max: 1 })
    await call.settle()
    const cat = call.come("cat")
    await call.settle()
    await call.pass(60_000)
    assert.deepEqual([ada.peers.count, bob.peers.count, cat.peers.count], [1, 1, 0])
    for (const { errors } of [ada, bob]) assert.deepEqual(errors.map(({ code, member }) => `${code} ${member.id}`), ["too_many_peers cat"])
    assert.deepEqual(cat.errors.map(({ code, member }) => `${code} ${member.id}`).sort(), ["too_many_peers ada", "too_many_peers bob"])
    assert.match(ada.errors[0].message, /CAT/)

    bob.peers.close()
    await call.pass(80_000)
    assert.deepEqual(states(ada), ["cat connected"])
  })

  it("is one or more", () => {
    const { presence } = new Call().come("ada")
    for (const max of [0, 1.5, "6", null]) assert.throws(() => new Peers(presence, { max }), /max is how many peers/)
  })
})

describe("accept", () => {
  it("decides with whom", async () => {
    const call = new Call()
    const ada = call.come("ada", { accept: ({ id }) => id !== "eve" })
    const [bob, eve] = [call.come("bob"), call.come("eve")]
    await call.settle()
    await call.pass(60_000)
    assert.deepEqual(states(ada), ["bob connected"])
    assert.deepEqual([bob.peers.count, eve.peers.count, ada.errors.length], [2, 1, 0])
  })
})

describe("the stream", () => {
  it("may be waited for, and nothing is said until it is there", async () => {
    const call = new Call()
    const ada = call.come("ada")
    let give
    const local = []
    const bob = call.come("bob", { stream: () => new Promise(resolve => { give = resolve }) })
    bob.peers.onLocal(stream => local.push(stream))
    await call.pass(5_000)
    assert.ok(!call.bus.said.some(({ from }) => from.id === "bob"))
    const stream = new FakeStream("audio", "video")
    give(stream)
    await call.settle()
    assert.deepEqual([seen(ada, bob), local, bob.peers.stream], [["+bob", "+ada"], [stream], stream])
    bob.peers.close()
    assert.ok(stream.tracks.every(({ ended }) => ended), "what it asked for itself it ends")
  })

  const refusals = { NotAllowedError: "no_permission", NotFoundError: "no_device", NotReadableError: "no_device", TypeError: "unsupported" }
  for (const [name, code] of Object.entries(refusals)) {
    it(`that is refused with ${name} is told as ${code}, and nobody hears of it`, async () => {
      const call = new Call()
      const fail = () => { throw Object.assign(new Error("no"), { name }) }
      const ada = call.come("ada", { stream: fail })
      await call.settle()
      assert.deepEqual(ada.errors.map(error => [error.code, error.member, error.cause.name]), [[code, null, name]])
      assert.ok(ada.errors[0].message.length > 20)
      assert.deepEqual(call.bus.said, [])
      assert.equal(await ada.peers.setStream(new FakeStream("video")).then(stream => stream.tracks.length), 1)
      assert.equal(call.bus.said.length, 1)
    })
  }

  it("is ended where it comes after close()", async () => {
    const call = new Call()
    let give
    const ada = call.come("ada", { stream: () => new Promise(resolve => { give = resolve }) })
    await call.settle()
    ada.peers.close()
    const stream = new FakeStream("video")
    give(stream)
    await call.settle()
    assert.ok(stream.tracks[0].ended)
  })

  it("that was handed in is its owner's to end", async () => {
    const stream = new FakeStream("video")
    const { call, ada } = await two({ stream })
    ada.peers.close()
    await call.settle()
    assert.equal(stream.tracks[0].ended, false)
  })

  it("may be none: one who only looks", async () => {
    const call = new Call()
    const [ada, bob] = [call.come("ada"), call.come("bob", { stream: null })]
    await call.settle()
    assert.deepEqual([seen(ada, bob), ada.peers.count], [["", "+ada"], 1])
    await bob.peers.setStream(new FakeStream("video"))
    await call.settle()
    assert.deepEqual(seen(ada), ["+bob"])
  })

  it("is replaced track by track, without a new agreement, and the other side keeps the stream that it has", async () => {
    const { call, ada, bob } = await two()
    call.bus.said.length = 0
    const [{ stream }] = bob.peers.list()
    await ada.peers.setStream(new FakeStream("video"))
    await call.settle()
    assert.deepEqual([call.bus.said, bob.log, bob.peers.list()[0].stream === stream], [[], ["+ada"], true])
  })

  it("keeps its name while something of it is shown, so that what is kept and what is new stay together there", async () => {
    const call = new Call()
    const [ada] = [call.come("ada", { stream: new FakeStream("audio") }), call.come("bob", { stream: null })]
    await call.settle()
    const streams = () => call.network.open.flatMap(connection => connection.getSenders()).filter(({ track }) => track).map(({ stream }) => stream)
    const [first] = streams()
    await ada.peers.setStream(new FakeStream("audio", "video"))
    await call.settle()
    assert.deepEqual(streams().map(stream => stream === first), [true, true])
    const alone = new FakeStream("video")
    await ada.peers.setStream(alone)
    assert.deepEqual(streams().map(stream => stream === first), [true])
    await ada.peers.setStream(null)
    await ada.peers.setStream(alone)
    assert.deepEqual(streams().map(stream => stream === alone), [true])
  })

  it("that is none is refused", async () => {
    const { ada } = await two()
    assert.equal(await ada.peers.setStream("camera"), null)
    assert.match(ada.errors[0].cause.message, /MediaStream, but got camera/)
  })
})

describe("garbage and forgeries", () => {
  const garbage = call => [
    {}, { call: 5 }, { call: "x".repeat(65), hello: true }, { call, peer: "somebody", gen: 1, bye: true }, { call, peer: 7 },
    { call: "ghost", hello: { peers: 1 }, peers: 5 }, { call, hello: 1 },
    { call, peer: "@", gen: 0, welcome: true }, { call, peer: "@", gen: 1e300, bye: true }, { call, peer: "@", gen: "1", busy: true },
    { call, peer: "@", gen: 1, description: { type: "rollback" }, n: 1 }, { call, peer: "@", gen: 1, description: "v=0", n: 1 },
    { call, peer: "@", gen: 1, description: { type: "offer", sdp: "garbage" }, n: 9 },
    { call, peer: "@", gen: 1, description: { type: "answer", sdp: "garbage" }, n: 1 },
    { call, peer: "@", gen: 1, candidates: [null, 5, {}, { candidate: "garbage" }, { candidate: 7 }] },
    { call, peer: "@", gen: 1, candidates: Array(500).fill({ candidate: "garbage" }) }
  ]

  it("from somebody else harm no connection", async () => {
    const { call, ada, bob } = await two()
    const calls = call.bus.said.filter(({ data }) => data.hello).map(({ from, data }) => [from.id, data.call])
    const eve = call.bus.join("eve", "session of eve")
    const { bob: bobs, ada: adas } = Object.fromEntries(calls)
    for (const data of garbage(bobs)) eve.emit("signal", { ...data, ...(data.peer === "@" && { peer: adas }) })
    eve.emit("signal", { call: bobs, peer: adas, gen: 99, bye: true })
    eve.emit("signal", { call: bobs, peer: adas, gen: 99, fresh: true, description: { type: "offer", sdp: "garbage" }, n: 1 })
    await call.settle()
    await call.pass(60_000)
    assert.deepEqual([seen(ada), states(bob)], [["+bob"], ["ada connected"]])
    assert.ok(states(ada).includes("bob connected"))
  })

  it("of a peer's own leave a connection that is there", async () => {
    const { call, ada, bob } = await two()
    const calls = Object.fromEntries(call.bus.said.filter(({ data }) => data.hello).map(({ from, data }) => [from.id, data.call]))
    for (const data of garbage(calls.bob)) bob.presence.emit("signal", { ...data, ...(data.peer === "@" && { peer: calls.ada }) })
    await call.settle()
    await call.pass(60_000)
    assert.deepEqual([states(ada), states(bob)], [["bob connected"], ["ada connected"]])
  })
})

describe("a flood", () => {
  const floods = {
    "hellos under ever new names": i => ({ call: `eve ${i}`, hello: true, peers: [] }),
    "offers that belong to nothing": (i, peer) => ({ call: "eve", peer, gen: 1, description: { type: "offer", sdp: "garbage" }, n: i + 1 }),
    "offers of ever new connections": (i, peer) => ({ call: "eve", peer, gen: i + 1, fresh: true, description: { type: "offer", sdp: "garbage" }, n: 1 })
  }
  for (const [name, flood] of Object.entries(floods)) {
    it(`of ${name} neither makes more connections than may be, nor uses up what we may say`, async () => {
      const { call, ada } = await two()
      const peer = call.bus.said.find(({ from, data }) => from.id === "ada" && data.hello).data.call
      const eve = call.bus.join("eve", "session of eve")
      call.bus.said.length = 0
      let most = 0
      for (let i = 0; i < 1_000; i++) {
        eve.emit("signal", flood(i, peer))
        if (i % 20 === 19) await call.pass(1_000)
        most = Math.max(most, call.network.open.length)
      }
      const ours = call.bus.said.filter(({ from }) => from.id === "ada").length
      assert.ok(most <= 12 && ours <= 50 * 8, `${most} connections, ${ours} events of ours in 50 s`)
      assert.ok(states(ada).includes("bob connected"))
    })
  }
})

describe("new Peers", () => {
  it("takes a Presence with events", () => {
    for (const presence of [undefined, null, {}, { emit() {} }]) assert.throws(() => new Peers(presence), /takes a Presence that can emit/)
    const { presence } = new Call().come("ada")
    assert.throws(() => new Peers(presence, { accept: true }), /accept is a function/)
  })

  it("says so where there is no WebRTC, and does nothing", async () => {
    const call = new Call()
    const presence = call.bus.join("ada", "s1")
    const peers = new Peers(presence)
    const errors = []
    peers.onError(error => errors.push(error.code))
    await call.settle()
    assert.deepEqual([errors, presence.handlers, call.bus.said], [["unsupported"], 0, []])
    peers.close()
  })

  it("asks nobody for a camera where there is no WebRTC, or after close()", async () => {
    const call = new Call()
    const presence = call.bus.join("ada", "s1")
    let asked = 0
    const ask = () => { asked += 1 }
    new Peers(presence, { stream: ask }).setStream(ask)
    const { peers } = call.come("bob")
    await call.settle()
    peers.close()
    assert.equal(await peers.setStream(ask), null)
    assert.equal(asked, 0)
  })

  it("may be closed by its own handlers", async () => {
    const { call, ada, bob } = await two()
    const cat = call.come("cat")
    cat.peers.onLocal(() => cat.peers.close())
    const dan = call.come("dan", { accept: () => { dan.peers.close(); return true } })
    await call.settle()
    await call.pass(40_000)
    assert.deepEqual([ada, bob, cat, dan].map(states), [["bob connected"], ["ada connected"], [], []])
    assert.equal(call.network.open.length, 2)
    assert.equal(cat.presence.handlers + dan.presence.handlers, 0)
  })

  // A call of two: who hangs up hangs up on this side too.
  for (const how of ["onGone", "onError"]) {
    it(`says nothing more to anybody when ${how} closes it as a connection ends`, async () => {
      const { call, ada } = await two()
      let told = 0
      ada.peers[how](() => { told += 1; ada.peers.close() })
      call.network.break()
      await call.pass(40_000)
      const before = call.bus.said.filter(({ from }) => from.id === "ada").length
      await call.pass(180_000)
      assert.equal(told, 1)
      assert.equal(call.bus.said.filter(({ from }) => from.id === "ada").length, before)
    })
  }

  it("makes no connection when onGone closes it as a page comes in the place of an earlier one", async () => {
    const { call, ada, bob } = await two()
    ada.peers.onGone(() => ada.peers.close())
    const made = call.network.connections.size
    bob.presence.emit("signal", { call: "bob anew", hello: true, peers: [] })
    await call.settle()
    call.bus.said.length = 0
    await call.pass(180_000)
    assert.deepEqual([ada.log, states(ada), call.network.open.length, call.network.connections.size], [["+bob", "-bob"], [], 0, made])
    assert.deepEqual(call.bus.said.filter(({ from }) => from.id === "ada"), [])
  })

  it("says once that somebody is gone who shows nothing any more, when that closes it", async () => {
    const { ada } = await two()
    const [{ stream }] = ada.peers.list()
    ada.peers.onGone(() => ada.peers.close())
    stream.tracks = []
    stream.dispatchEvent(new Event("removetrack"))
    assert.deepEqual(ada.log, ["+bob", "-bob"])
  })

  it("says so where the browser cannot make a connection, as with servers that are none", async () => {
    const call = new Call()
    const ada = call.come("ada", { connect: () => { throw new SyntaxError("no such scheme") } })
    call.come("bob")
    await call.settle()
    assert.deepEqual(ada.errors.map(({ code, member, cause }) => [code, member.id, cause.name]).at(0), ["failed", "bob", "SyntaxError"])
    assert.match(ada.errors[0].message, /no such scheme/)
  })

  it("refuses handlers that are none", async () => {
    const { ada } = await two()
    assert.throws(() => ada.peers.onStream("show"), /is a function, but got show/)
  })

  it("hands the servers on", async () => {
    const { call } = await two({ iceServers: [{ urls: "stun:stun.example.com" }], iceTransportPolicy: "relay" })
    const { iceServers, iceTransportPolicy } = call.network.open[0].configuration
    assert.deepEqual([iceServers, iceTransportPolicy], [[{ urls: "stun:stun.example.com" }], "relay"])
  })
})

describe("docs/peers.md", () => {
  it("names every member of the class and no other, and every error", async () => {
    const text = await readFile(new URL("../../docs/peers.md", import.meta.url), "utf8")
    const source = await readFile(new URL("../../app/assets/javascripts/presence_rs/peers.js", import.meta.url), "utf8")
    const members = Object.getOwnPropertyNames(Peers.prototype).filter(name => name !== "constructor")
    for (const name of members) assert.ok(text.includes(`\`${name}`), `${name} is left out`)
    for (const [, name] of text.matchAll(/\bpeers\.(\w+)\(/g)) assert.ok(members.includes(name), name)
    for (const [, code] of source.matchAll(/"(no_\w+|unsupported|too_many_peers)"|#fail\("(\w+)"/g)) {
      if (code) assert.ok(text.includes(`\`${code}\``), code)
    }
  })
})
