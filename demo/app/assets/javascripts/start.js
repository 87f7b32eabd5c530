/**
 * The start signal, which the server gives: everyone's countdown ends at the same moment.
 *
 *     new Start(presence, { ready: () => field.hold(), go: () => field.begin() })
 */
export class Start {
  #shown = document.querySelector("#countdown")
  #timers = []

  constructor(presence, { ready, go }) {
    const button = document.querySelector("#start")
    button.addEventListener("click", () => {
      const token = document.querySelector("meta[name=csrf-token]").content
      fetch(button.dataset.url, { method: "POST", headers: { "X-CSRF-Token": token } })
    })
    presence.on("start", ({ at, now }, from) => {
      // Who may start a race is the server's to say.
      if (from.id === null) this.#count(Math.min(Math.max(at - now, 0), 10), ready, go)
    })
  }

  #count(seconds, ready, go) {
    this.#timers.forEach(clearTimeout)
    ready()
    const whole = Math.ceil(seconds)
    this.#timers = Array.from({ length: whole }, (_, index) =>
      setTimeout(() => this.#say(String(whole - index)), Math.max(0, (seconds - whole + index) * 1000)))
    this.#timers.push(setTimeout(() => {
      this.#say("Go!")
      go()
    }, seconds * 1000))
    this.#timers.push(setTimeout(() => { this.#shown.hidden = true }, seconds * 1000 + 1500))
  }

  #say(text) {
    this.#shown.hidden = false
    this.#shown.textContent = text
  }
}
