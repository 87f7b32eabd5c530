// The stock client of Rails in Node: it wants a few things of a browser's.
import WebSocket from "ws"

globalThis.addEventListener ??= () => {}
globalThis.removeEventListener ??= () => {}
globalThis.document ??= { visibilityState: "visible" }

const { default: ActionCable } = await import("@rails/actioncable")
ActionCable.adapters.WebSocket = WebSocket
ActionCable.Connection.reopenDelay = 10

// Its patience is shortened only where a test waits for it to connect anew: a machine that is busy may be silent for longer.
export async function impatiently(wait) {
  const before = ActionCable.ConnectionMonitor.staleThreshold
  ActionCable.ConnectionMonitor.staleThreshold = 0.3
  try {
    return await wait()
  } finally {
    ActionCable.ConnectionMonitor.staleThreshold = before
  }
}

export function consumerFor(server) {
  const consumer = ActionCable.createConsumer(server.url)
  consumer.connection.monitor.getPollInterval = () => 100
  return consumer
}

// A page of its own: its events, and its list.
export class Tab {
  window = new EventTarget()
  document = Object.assign(new EventTarget(), { visibilityState: "visible" })

  get events() { return { window: this.window, document: this.document } }

  fire(name, values = {}) { this.window.dispatchEvent(Object.assign(new Event(name), values)) }
}
