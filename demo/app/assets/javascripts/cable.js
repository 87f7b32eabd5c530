import { createConsumer } from "@rails/actioncable"

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
    badge.dataset.state = "refused"
    badge.textContent = error.message
  })
}
