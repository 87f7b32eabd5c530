// What the npm package has.
import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import path from "node:path"
import { describe, it } from "node:test"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const root = fileURLToPath(new URL("../..", import.meta.url))

async function packed() {
  const { stdout } = await promisify(execFile)("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root })
  return JSON.parse(stdout)[0].files.map(file => file.path)
}

async function links(page) {
  const text = await readFile(path.join(root, page), "utf8")
  const targets = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target]) => target)
  return targets.filter(target => !/^[a-z]+:/.test(target)).map(target => path.posix.join(path.posix.dirname(page), target))
}

describe("the npm package", () => {
  // The README is shown by the registry, with the links of the repository.
  it("has every page, picture and example that a page of its docs leads to", async () => {
    const files = await packed()
    const pages = files.filter(file => /^docs\/.*\.md$/.test(file))
    assert.ok(pages.includes("docs/javascript.md") && pages.includes("docs/events.md"), pages.join(" "))
    const dead = []
    for (const page of pages) for (const target of await links(page)) if (!files.includes(target)) dead.push(`${page} -> ${target}`)
    assert.deepEqual(dead, [])
  })
})
