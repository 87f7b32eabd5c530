import "@hotwired/turbo"
import { createConsumer } from "@rails/actioncable"
import { presenceOf, setConsumer } from "presence_rs/elements"

// What the tests look at.
window.__violations = []
document.addEventListener("securitypolicyviolation", event => window.__violations.push(`${event.violatedDirective} ${event.blockedURI}`))
window.__presenceOf = presenceOf
const consumer = createConsumer()
window.__consumer = consumer
window.__turns = []
for (const name of ["turbo:load", "turbo:render", "turbo:morph", "pageshow"]) {
  window.addEventListener(name, event => window.__turns.push(event.persisted ? "restored" : name))
}
window.__news = []
new MutationObserver(changes => {
  for (const { target } of changes) {
    const news = target.closest?.(".presence-news")
    if (news?.textContent) window.__news.push(news.textContent)
  }
}).observe(document, { childList: true, subtree: true })
setConsumer(consumer)
