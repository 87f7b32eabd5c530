import { Peers } from "presence_rs/peers"
import { element, showList, tell } from "dom"
import { me, nameOf } from "people"

const VIDEO = { width: { ideal: 320 }, height: { ideal: 240 }, frameRate: { ideal: 15 } }

/** The button for the camera, and the faces of those who have theirs on too. */
export class Cameras {
  #presence
  #peers = null
  #why = null
  #faces = new Map()
  #button = document.querySelector("#camera")
  #note = document.querySelector("#camera-note")

  constructor(presence) {
    this.#presence = presence
    this.#button.addEventListener("click", () => this.#peers ? this.#switchOff() : this.#switchOn())
    presence.onSync(() => this.#say())
  }

  #switchOn() {
    this.#why = null
    const peers = this.#peers = new Peers(this.#presence, { stream: () => navigator.mediaDevices.getUserMedia({ video: VIDEO }) })
    peers.onLocal(stream => {
      this.#presence.update({ camera: true })
      this.#show("me", "You", stream)
    })
    peers.onStream((member, stream) => this.#show(member.key, nameOf(member), stream))
    peers.onGone(member => this.#hide(member.key))
    peers.onError(({ message }) => peers.stream === null ? this.#switchOff(message) : tell(message))
    this.#say()
  }

  #switchOff(why = null) {
    this.#why = why
    this.#peers.close()
    this.#peers = null
    this.#faces.clear()
    this.#presence.update({ camera: null })
    this.#render()
  }

  #show(key, name, stream) {
    this.#faces.set(key, { key, name, stream })
    this.#render()
  }

  #hide(key) {
    this.#faces.delete(key)
    this.#render()
  }

  #render() {
    showList(document.querySelector("#faces"), [...this.#faces.values()], ({ key }) => key, face, (item, { stream }) => {
      const video = item.querySelector("video")
      if (video.srcObject !== stream) video.srcObject = stream
    })
    this.#say()
  }

  // Said again, it would be read out again.
  #say() {
    const text = this.#text
    if (this.#note.textContent !== text) this.#note.textContent = text
    this.#button.setAttribute("aria-pressed", String(this.#peers !== null))
  }

  get #text() {
    if (this.#peers && !this.#peers.stream) return "Your browser asks whether this page may use the camera."
    if (this.#peers) return this.#faces.size > 1 ? "On." : "On. As soon as somebody else's is, you see each other."

    const others = this.#presence.list().filter(({ id, metas }) => id !== me && metas.some(({ camera }) => camera === true))
    if (this.#why || others.length === 0) return this.#why ?? "Off. Those who have theirs on see each other."
    return `${others.map(nameOf).join(", ")}: on. Switch on yours, and you see each other.`
  }
}

// One's own is a mirror, and silent.
function face({ key, name }) {
  const own = key === "me"
  const video = element("video", { autoplay: "", playsinline: "", "aria-label": own ? "Your camera" : `The camera of ${name}` })
  video.muted = own
  return element("li", { class: own ? "face own" : "face" }, video, element("span", {}, name))
}
