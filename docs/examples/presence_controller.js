// A Stimulus controller: a list of who is here, from a <template>. In an app: app/javascript/controllers/presence_controller.js
//
//   <section data-controller="presence" data-presence-channel-value="RoomChannel" data-presence-params-value='{"id": 1}'>
//     <h2><span data-presence-target="count">0</span> here</h2>
//     <ul data-presence-target="list"></ul>
//     <template data-presence-target="member"><li><b data-meta="name"></b></li></template>
//     <input data-action="focus->presence#type blur->presence#rest">
//   </section>
import { Controller } from "@hotwired/stimulus"
import { createConsumer } from "@rails/actioncable"
import { Presence } from "presence_rs"

let consumer

export default class extends Controller {
  static targets = ["count", "list", "member"]
  static values = { channel: String, params: Object }

  // One for the page: controllers of the same channel and params then share a subscription.
  static get consumer() { return (consumer ??= createConsumer()) }
  static set consumer(other) { consumer = other }

  connect() {
    this.presence = new Presence(this.constructor.consumer, { channel: this.channelValue, ...this.paramsValue })
    this.presence.onSync(() => this.#render())
    this.presence.onStale(stale => this.element.setAttribute("aria-busy", String(stale)))
  }

  // Also when Turbo takes the page away.
  disconnect() {
    this.presence.unsubscribe()
  }

  type() { this.presence.update({ typing: true }) }
  rest() { this.presence.update({ typing: false }) }

  #render() {
    if (this.hasCountTarget) this.countTarget.textContent = this.presence.count
    this.listTarget.replaceChildren(...this.presence.list().map(member => this.#row(member)))
  }

  // textContent, never innerHTML: what people call themselves is theirs to choose.
  #row({ id, metas }) {
    const row = this.memberTarget.content.firstElementChild.cloneNode(true)
    row.dataset.id = id
    for (const field of row.querySelectorAll("[data-meta]")) field.textContent = metas[0]?.[field.dataset.meta] ?? ""
    return row
  }
}
