// Put into each page of a browser spec before the page's own scripts.
//
// `__cable` is what goes over the page's socket: `sent` and `got`, parsed, with the moment as `at` (ms). `hold("presence_diff")`
// keeps messages of that type back, as a network could, until `release()` lets them arrive in a row; `release(1)` only the first one.
//
// `__events` is what a Presence of the page's main topic tells: [type, name, moment]. It shares the page's own
// subscription, so that the server knows nothing of it; `__presence` is that Presence.
(() => {
  if (window.__cable) return // A browser that was somebody else's before has it twice.

  const cable = {
    sent: [], got: [], held: [], kept: null, sockets: [],
    hold(type) { this.kept = type },
    release(count = Infinity) {
      const held = this.held.splice(0, count)
      if (count === Infinity) this.kept = null
      for (const { socket, data } of held) socket.dispatchEvent(new MessageEvent("message", { data }))
      return held.length
    }
  }
  const parsed = data => {
    const frame = JSON.parse(data)
    const inner = typeof frame.data === "string" ? JSON.parse(frame.data) : frame.message
    return { ...frame, ...(typeof inner === "object" ? inner : {}), at: Date.now() }
  }

  class SeenWebSocket extends WebSocket {
    constructor(...values) {
      super(...values)
      cable.sockets.push(this)
      // The first listener, so that those which come after can be kept from hearing it.
      this.addEventListener("message", event => {
        const frame = parsed(event.data)
        if (event.isTrusted) cable.got.push(frame)
        if (!event.isTrusted || cable.kept === null || frame.type !== cable.kept) return

        event.stopImmediatePropagation()
        cable.held.push({ socket: this, data: event.data })
      })
    }

    send(data) {
      cable.sent.push(parsed(data))
      super.send(data)
    }
  }
  window.WebSocket = SeenWebSocket
  window.__cable = cable
  window.__events = []
  addEventListener("pageshow", event => { window.__restored = event.persisted })

  // Modules have run by then, and the page's own subscription is there to be shared.
  addEventListener("DOMContentLoaded", async () => {
    if (!document.querySelector("#connection")) return

    const [{ Presence }, { consumer }] = await Promise.all([import("presence_rs"), import("cable")])
    const { race } = document.querySelector("main").dataset
    const presence = new Presence(consumer, race ? { channel: "RaceChannel", id: race } : { channel: "LobbyChannel" })
    const name = ({ id, metas }) => metas?.[0]?.name ?? id.slice(id.indexOf(":") + 1)
    const note = type => member => window.__events.push([type, name(member), Date.now(), member.reason ?? null])
    presence.onJoin(note("join"))
    presence.onLeave(note("leave"))
    presence.onUpdate(note("update"))
    presence.onSync(() => window.__events.push(["sync", presence.list().map(name).sort().join(", "), Date.now(), null]))
    presence.onStale(stale => window.__events.push(["stale", String(stale), Date.now(), null]))
    presence.onError(error => window.__events.push(["error", `${error.code}: ${error.message}`, Date.now(), null]))
    window.__presence = presence
    window.__consumer = consumer
  })
})()
