// Whether pages show who is there, by the ids: lists of the same length may be of others.
import { createHash } from "node:crypto"

const digest = ids => createHash("sha256").update([...ids].sort().join("\n")).digest("hex")

/**
 * @param {Array<{ids: ?Iterable<string>, sampled: boolean}>} pages those that keep no list have no `ids`
 * @param {string[]} present
 * @returns {Array} the pages that show others; of a sample only that all of it are there is to be expected
 */
export function wrongLists(pages, present) {
  const [right, known] = [digest(present), new Set(present)]
  return pages.filter(({ ids, sampled }) => ids && !(sampled ? [...ids].every(id => known.has(id)) : digest(ids) === right))
}
