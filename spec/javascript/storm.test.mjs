// How bin/bench storm judges what pages show: it must not take a list of the right length for the right list.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import { wrongLists } from "../../bench/node/lists.mjs"

describe("wrongLists", () => {
  const wrong = (ids, sampled = false) => wrongLists([{ ids, sampled }], ["1", "2", "3"]).length

  it("takes the ids in any order", () => assert.equal(wrong(new Set(["3", "1", "2"])), 0))
  it("finds somebody else in a list of the same length", () => assert.equal(wrong(["1", "2", "4"]), 1))
  it("finds who is missing, and who is there twice", () => assert.deepEqual([wrong(["1", "2"]), wrong(["1", "2", "3", "3"])], [1, 1]))
  it("asks of a sample that all of it are there", () => assert.deepEqual([wrong(["3"], true), wrong(["4"], true)], [0, 1]))
  it("asks nothing of a page that keeps no list", () => assert.equal(wrong(null), 0))
})
