import { element, tell } from "dom"
import { me, nameOf } from "people"

const SHOWN = 2000

/** Stars for others, from their lane's button to the lanes of every page. Nothing of it is kept. */
export class Cheers {
  #presence
  #waiting = new Map()

  constructor(presence) {
    this.#presence = presence
    presence.on("cheer", ({ lane }, from) => {
      this.#show(lane)
      if (lane === me && from.id !== me) tell(`${nameOf(presence.get(from.id) ?? from)} cheers for you.`)
    })
  }

  /** What a lane has for it: a button, but in one's own. */
  button({ id }, name) {
    if (id === me) return element("span")

    const button = element("button", { type: "button", class: "cheer", "aria-label": `Cheer for ${name}`, title: `Cheer for ${name}` }, "★")
    button.addEventListener("click", () => {
      if (this.#presence.emit("cheer", { lane: id })) this.#show(id)
    })
    return button
  }

  // As many as come in a row are counted, and gone together.
  #show(id) {
    const lane = [...document.querySelectorAll("#lanes > li")].find(item => item.dataset.key === id)
    if (!lane) return

    const { timer, count = 0 } = this.#waiting.get(id) ?? {}
    clearTimeout(timer)
    const later = setTimeout(() => {
      this.#waiting.delete(id)
      lane.querySelector(".cheers").textContent = ""
    }, SHOWN)
    this.#waiting.set(id, { timer: later, count: count + 1 })
    const stars = lane.querySelector(".cheers")
    stars.textContent = count > 0 ? `★ ${count + 1}` : "★"
    stars.getAnimations?.().forEach(animation => { animation.currentTime = 0 })
  }
}
