// The examples of the docs, run: the React hook with React, the Stimulus controller with Stimulus, and the code of the page.
import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { after, before, describe, it } from "node:test"
import { parseHTML } from "linkedom"
import { Presence } from "../../app/assets/javascripts/presence_rs.js"
import { FakeCable } from "./support/cable.mjs"
import { ROOM, diff, member, session, settled, state } from "./support/page.mjs"

const IDENTIFIER = JSON.stringify(ROOM)
let cable

function serveRoom() {
  cable = new FakeCable()
  cable.connection.open()
  cable.welcome()
  cable.serve = ({ command, identifier }) => {
    if (command === "subscribe") setImmediate(() => [session("r1"), state(1, ["ada"])].forEach(message => cable.message(identifier, message)))
  }
}

async function until(what, condition) {
  const end = performance.now() + 20_000
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not so after 20 s: ${what}`)
    await settled()
  }
}

describe("the React hook", () => {
  let act, create, createElement, StrictMode, usePresence

  before(async () => {
    globalThis.IS_REACT_ACT_ENVIRONMENT = true
    ;({ createElement, StrictMode } = await import("react"))
    ;({ act, create } = (await import("react-test-renderer")).default)
    ;({ usePresence } = await import("../../docs/examples/use_presence.js"))
    serveRoom()
  })

  it("renders who is here, follows a change of the channel, and ends with its component", async () => {
    let seen
    function People({ id }) {
      seen = usePresence(cable, { channel: "RoomChannel", id })
      return createElement("ul", null, seen.members.map(({ id: key, metas }) => createElement("li", { key }, metas[0].name)))
    }
    const rendered = () => renderer.root.findAllByType("li").map(({ children }) => children[0])
    const receive = message => act(() => cable.message(IDENTIFIER, message))
    let renderer
    await act(async () => {
      renderer = create(createElement(StrictMode, null, createElement(People, { id: 1 })))
      await settled()
    })
    await act(() => until("the first list", () => seen.count === 1))
    assert.deepEqual(rendered(), ["ada"])
    receive(diff(1, 2, 2, { joins: [member("bob", { at: 2 })] }))
    assert.deepEqual([rendered(), seen.count], [["ada", "bob"], 2])

    const { update } = seen
    act(() => update({ typing: true }))
    assert.deepEqual(cable.actions("presence_update").at(-1).meta, { typing: true })

    await act(async () => {
      renderer.update(createElement(StrictMode, null, createElement(People, { id: 2 })))
    })
    assert.deepEqual(cable.subscriptions.all.map(({ identifier }) => identifier), ['{"channel":"RoomChannel","id":2}'])
    assert.equal(cable.commands.filter(({ command }) => command === "subscribe").length, 2, "strict mode mounts everything twice")
    await act(() => until("the other list", () => seen.count === 1))
    assert.equal(seen.update, update, "it can be a dependency of other hooks")

    act(() => renderer.unmount())
    await until("it is unsubscribed", () => cable.subscriptions.all.length === 0)
  })
})

describe("the Stimulus controller", () => {
  const browser = ["document", "Element", "Node", "MutationObserver", "KeyboardEvent", "MouseEvent"]
  let window, application, PresenceController

  before(async () => {
    window = parseHTML("<!doctype html><html><head></head><body></body></html>")
    for (const name of browser) globalThis[name] = window[name] ?? class extends Event {}
    globalThis.window = window
    const { Application } = await import("@hotwired/stimulus")
    ;({ default: PresenceController } = await import("../../docs/examples/presence_controller.js"))
    serveRoom()
    PresenceController.consumer = cable
    application = Application.start(window.document.documentElement)
    application.register("presence", PresenceController)
  })

  after(async () => {
    window.document.body.replaceChildren()
    await until("it is unsubscribed", () => cable.subscriptions.all.length === 0)
    application.stop()
    for (const name of [...browser, "window"]) delete globalThis[name]
  })

  it("renders the list from its template, as text, and ends when Turbo takes the element away", async () => {
    const source = await readFile(new URL("../../docs/examples/presence_controller.js", import.meta.url), "utf8")
    const html = source.split("\n").filter(line => line.startsWith("//   ")).map(line => line.slice(5)).join("\n")
    const { body } = window.document
    body.innerHTML = html
    const items = () => [...body.querySelectorAll("li")].map(({ dataset, textContent }) => [dataset.id, textContent])
    await until("the first list", () => items().length === 1)
    assert.deepEqual(items(), [["ada", "ada"]])
    assert.equal(body.querySelector("h2").textContent, "1 here")

    cable.message(IDENTIFIER, diff(1, 2, 2, { joins: [{ ...member("7", { at: 2 }), metas: [{ name: "<img src=x>" }] }] }))
    assert.deepEqual(items(), [["ada", "ada"], ["7", "<img src=x>"]])
    assert.equal(body.querySelector("img"), null)

    body.querySelector("input").dispatchEvent(new window.Event("focus"))
    assert.deepEqual(cable.actions("presence_update").at(-1).meta, { typing: true })

    const busy = () => body.querySelector("section").getAttribute("aria-busy")
    assert.equal(busy(), null)
    cable.drop()
    assert.equal(busy(), "true")
    cable.welcome()
    await until("the list to be right again", () => busy() === "false")
    body.replaceChildren()
    await until("it is unsubscribed", () => cable.subscriptions.all.length === 0)
  })
})

describe("docs/javascript.md", () => {
  it("has examples that parse, and names only what there is", async () => {
    const text = await readFile(new URL("../../docs/javascript.md", import.meta.url), "utf8")
    const blocks = [...text.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code)
    assert.ok(blocks.length > 5)
    for (const code of blocks) {
      const body = code.replace(/^import .*$/gm, "")
      assert.doesNotThrow(() => new Function(`return async () => {\n${body}\n}`), code)
    }
    const named = new Set([...blocks.join("\n").matchAll(/\bpresence\.(\w+)/g)].map(([, name]) => name))
    for (const name of named) assert.ok(name in Presence.prototype, `presence.${name} is in the docs, but not in the class`)
    const missing = Object.getOwnPropertyNames(Presence.prototype).filter(name => name !== "constructor" && !text.includes(name))
    assert.deepEqual(missing, [], "the docs leave out what the class has")
  })
})
