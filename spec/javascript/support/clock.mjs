// A clock that only moves when a test says so; what is due then runs in order, each at its own time.
export class ManualClock {
  #now = 1_000_000
  #timers = new Map()
  #id = 0

  now() {
    return this.#now
  }

  setTimeout(callback, delay) {
    const id = ++this.#id
    this.#timers.set(id, { at: this.#now + Math.max(0, delay), callback })
    return id
  }

  clearTimeout(id) {
    this.#timers.delete(id)
  }

  // How many timers are set: none, once all is unsubscribed.
  get pending() {
    return this.#timers.size
  }

  advance(ms) {
    const end = this.#now + ms
    for (let runs = 0; ; runs++) {
      if (runs > 100_000) throw new Error("a timer sets itself again without end")
      const due = [...this.#timers].filter(([, timer]) => timer.at <= end)
      if (due.length === 0) break
      const [id, timer] = due.reduce((first, next) => (next[1].at < first[1].at ? next : first))
      this.#timers.delete(id)
      this.#now = Math.max(this.#now, timer.at)
      timer.callback()
    }
    this.#now = end
  }

  // The page did nothing for so long: what was due runs only now, late.
  sleep(ms) {
    this.#now += ms
    this.advance(0)
  }
}
