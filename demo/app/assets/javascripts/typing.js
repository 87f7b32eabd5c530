/** So many characters are counted as a word, everywhere. */
const WORD = 5

/**
 * Watches somebody copy a text, and tells how far they are.
 *
 *     new Typing(textarea, paragraph, ({ progress, wpm, seconds }) => …)
 *
 * `progress` is 0 to 100, `wpm` words a minute, and `seconds` is there at the finish.
 */
export class Typing {
  #field
  #shown
  #text
  #tell
  #began = null

  constructor(field, shown, tell) {
    this.#field = field
    this.#shown = shown
    this.#text = shown.textContent
    this.#tell = tell
    field.addEventListener("input", () => this.#read())
    field.addEventListener("paste", event => event.preventDefault())
    this.reset()
  }

  reset() {
    this.#began = null
    this.#field.value = ""
    this.#field.disabled = false
    this.#mark(0, 0)
  }

  /** Nobody types before the start signal. */
  hold() {
    this.reset()
    this.#field.disabled = true
  }

  /** The clock starts now, whenever the first letter comes. */
  begin() {
    this.#field.disabled = false
    this.#began = performance.now()
  }

  #read() {
    // A phone's keyboard ends a sentence with a space of its own, and curls the quotes.
    const typed = this.#field.value.replace(/[’‘]/g, "'").replace(/\s/g, " ")
    this.#began ??= performance.now()

    const right = this.#agreement(typed)
    this.#mark(right, typed.length)
    const seconds = (performance.now() - this.#began) / 1000
    const progress = Math.floor(100 * right / this.#text.length)
    const wpm = seconds > 1 ? Math.round(right / WORD / (seconds / 60)) : 0
    if (right < this.#text.length) return this.#tell({ progress, wpm, seconds: null })

    this.#field.disabled = true
    this.#tell({ progress, wpm, seconds: Math.round(seconds * 10) / 10 })
  }

  // How many characters are right, up to the first that is not.
  #agreement(typed) {
    let index = 0
    while (index < typed.length && typed[index] === this.#text[index]) index++
    return Math.min(index, this.#text.length)
  }

  #mark(right, typed) {
    const wrong = Math.min(typed, this.#text.length)
    const part = (className, from, to) => {
      const span = document.createElement("span")
      span.className = className
      span.textContent = this.#text.slice(from, to)
      return span
    }
    this.#shown.replaceChildren(part("right", 0, right), part("wrong", right, wrong), part("rest", wrong))
  }
}
