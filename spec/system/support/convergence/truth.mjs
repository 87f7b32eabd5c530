// What is true by the server's own word, and an eye on what pages show of it.
const SECOND = 1_000
// Pages are looked at four times a second; what lies between two looks that are further apart is no time of the page's: it
// was frozen, or nobody looked.
const APART = 0.5
// A page that has not said for so long what it shows shows nothing that counts. A hidden one says so once a second.
const SILENT = 5

const plain = ({ id, joined_at, metas }) => JSON.stringify([id, joined_at, metas])
const byId = members => members.map(plain).sort().join()

export class Truth {
  wrong = new Set()
  longest = 0
  epochs = new Set()
  #target
  #elapsed
  #most
  #ids = new Set()
  #gone = new Set()
  #ghosts = new Map()

  /**
   * @param {string} target host and port
   * @param {function(): number} elapsed seconds
   * @param {number} most for so many seconds a page may show who is gone
   */
  constructor(target, elapsed, most) {
    this.#target = target
    this.#elapsed = elapsed
    this.#most = most
  }

  /** @returns {Promise<object>} `state`, as pages get it; `whole`, the list; `published`, all that diffs have told of members */
  async ask() {
    const told = await (await fetch(`http://${this.#target}/truth`, { signal: AbortSignal.timeout(5 * SECOND) })).json()
    const ids = new Set(told.whole.members.map(({ id }) => id))
    for (const id of this.#ids) if (!ids.has(id)) this.#gone.add(id)
    for (const id of ids) this.#gone.delete(id)
    this.#ids = ids
    if (told.whole.epoch !== "") this.epochs.add(told.whole.epoch)
    return told
  }

  /**
   * For how long has it shown who is gone, by its own time, and without saying that its list may be wrong? A sample is
   * what it was at the last state, and is never held to that.
   */
  judge({ page, sampled, stale, members }) {
    const now = this.#elapsed()
    const before = this.#ghosts.get(page)
    const ghosts = new Map()
    for (const { id } of sampled ? [] : members) {
      if (!this.#gone.has(id)) continue
      const { shown, at } = before?.get(id) ?? { shown: 0, at: now }
      const ghost = { shown: shown + (stale ? 0 : Math.min(now - at, APART)), at: now }
      ghosts.set(id, ghost)
      this.longest = Math.max(this.longest, ghost.shown)
      if (ghost.shown > this.#most) this.wrong.add(`${page} went on showing ${id}, who was gone, for ${this.#most} s`)
    }
    this.#ghosts.set(page, ghosts)
  }

  /** @returns {object[]} what is not right on which page */
  differences({ state, whole, published }, pages) {
    if (state.version !== whole.version) return [{ page: "the server", changed: "between its state and its list" }]

    const sample = state.sample === true
    const ids = new Set(whole.members.map(({ id }) => id))
    const [list, said] = [byId(whole.members), new Set([...published, ...whole.members].map(plain))]
    const listed = new Set(whole.members.map(plain))
    const right = ({ stale, sampled, count, members, at }) => !stale && this.#elapsed() - at <= SILENT &&
      count === whole.count && sampled === sample && (sample ? this.#picked(members, count, said) : byId(members) === list)
    const served = { page: "the server", stale: false, sampled: sample, count: state.count, members: state.members, at: this.#elapsed() }
    const wrong = state.members.every(member => listed.has(plain(member))) ? [] : [served]
    return [...wrong, ...[served, ...pages].filter(page => !right(page))].map(({ page, at, stale, sampled, count, members }) => {
      const has = new Set(members.map(({ id }) => id))
      const age = Math.round(this.#elapsed() - at)
      return { page, age, stale, sampled, count, of: whole.count, more: [...has].filter(id => !ids.has(id)), less: [...ids].filter(id => !has.has(id)) }
    })
  }

  /** @returns {string[]} who should be in the list and is not */
  missing(names) {
    return names.filter(id => !this.#ids.has(id))
  }

  // Some of the members, each once, and each as a diff has told of them: a sample is not kept up to date.
  #picked(members, count, said) {
    return members.length > 0 && new Set(members.map(({ id }) => id)).size === members.length && members.length < count &&
      members.every(member => said.has(plain(member)))
  }
}
