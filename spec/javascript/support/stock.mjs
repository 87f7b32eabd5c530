// The stock client of Rails in Node: it wants a few things of a browser's, and its patience is shortened for tests.
import WebSocket from "ws"

globalThis.addEventListener ??= () => {}
globalThis.removeEventListener ??= () => {}
globalThis.document ??= { visibilityState: "visible" }

const { default: ActionCable } = await import("@rails/actioncable")
ActionCable.adapters.WebSocket = WebSocket
ActionCable.ConnectionMonitor.staleThreshold = 0.3
ActionCable.Connection.reopenDelay = 10

export function consumerFor(server) {
  return ActionCable.createConsumer(server.url)
}

// A page of its own: its events, and its list.
export class Tab {
  window = new EventTarget()
  document = Object.assign(new EventTarget(), { visibilityState: "visible" })

  get events() { return { window: this.window, document: this.document } }

  fire(name, values = {}) { this.window.dispatchEvent(Object.assign(new Event(name), values)) }
}
