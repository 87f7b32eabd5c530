import { createConsumer } from "@rails/actioncable"
import { tell } from "dom"

/** The page's one connection. Every Presence on it shares it. */
export const consumer = createConsumer()

/** Shows whether what the page shows can be trusted. */
export function showConnection(presence) {
  const badge = document.querySelector("#connection")
  const show = () => {
    badge.dataset.state = presence.stale ? "waiting" : "live"
    badge.textContent = presence.stale ? "reconnecting…" : "live"
  }
  presence.onSync(show)
  presence.onStale(show)
  presence.onError(error => {
    // Of one event, and not of the connection. A signal to somebody who is gone by now is nobody's concern.
    if (error.event) return error.event === "signal" ? undefined : tell(error.message)

    badge.dataset.state = "refused"
    badge.textContent = error.message
  })
}
