// The hand-written types, held against the code by the compiler, and by what the class really has.
import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { describe, it } from "node:test"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import * as presenceRs from "../../app/assets/javascripts/presence_rs.js"
import * as elements from "../../app/assets/javascripts/presence_rs/elements.js"
import * as peers from "../../app/assets/javascripts/presence_rs/peers.js"

const root = fileURLToPath(new URL("../..", import.meta.url))
const path = name => `${root}app/assets/javascripts/presence_rs${name}`
const require = createRequire(import.meta.url)
const manifest = require("../../package.json")

async function tsc(...args) {
  const { dirname, join } = await import("node:path")
  const compiler = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc")
  try {
    return (await promisify(execFile)(process.execPath, [compiler, ...args], { cwd: root })).stdout
  } catch (error) {
    return error.stdout || error.message
  }
}

// What a class of the .d.ts has, by name.
async function declared(file, name) {
  const { default: typescript } = await import("typescript")
  const source = typescript.createSourceFile(file, await readFile(path(file), "utf8"), typescript.ScriptTarget.Latest)
  const found = source.statements.find(statement => typescript.isClassDeclaration(statement) && statement.name.text === name)
  return [...new Set(found.members.map(member => (typescript.isConstructorDeclaration(member) ? "constructor" : member.name.text)))].sort()
}

describe("presence_rs.d.ts", () => {
  it("is what a strict compiler takes for the package, in what it allows and in what it refuses", async () => {
    const output = await tsc("--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--moduleResolution", "nodenext",
      "--lib", "es2022,dom", "--skipDefaultLibCheck", "spec/javascript/support/types_sample.ts")
    assert.equal(output, "")
  })

  it("names every public member of the class, and no other", async () => {
    assert.deepEqual(await declared(".d.ts", "Presence"), Object.getOwnPropertyNames(presenceRs.Presence.prototype).sort())
    assert.deepEqual(await declared("/peers.d.ts", "Peers"), Object.getOwnPropertyNames(peers.Peers.prototype).sort())
  })

  it("exports what the module does", async () => {
    for (const [file, module, name] of [[".d.ts", presenceRs, "Presence"], ["/peers.d.ts", peers, "Peers"]]) {
      assert.deepEqual(Object.keys(module), [name])
      const text = await readFile(path(file), "utf8")
      assert.deepEqual([...text.matchAll(/^export class (\w+)/gm)].map(([, found]) => found), [name])
    }
    const text = await readFile(path("/elements.d.ts"), "utf8")
    assert.deepEqual([...text.matchAll(/^export function (\w+)/gm)].map(([, found]) => found).sort(), Object.keys(elements).sort())
  })
})

describe("the package", () => {
  it("leads to module and types, which are among its files", async () => {
    assert.equal(manifest.types, manifest.exports["."].types)
    for (const file of Object.values(manifest.exports).flatMap(entry => [entry.default, entry.types])) {
      assert.ok(manifest.files.includes(file.replace("./", "")), `${file} is not in "files"`)
      assert.ok((await readFile(`${root}${file}`, "utf8")).length > 0)
    }
  })

  it("can be imported by its name", async () => {
    assert.equal((await import("presence_rs")).Presence, presenceRs.Presence)
    assert.equal((await import("presence_rs/peers")).Peers, peers.Peers)
    assert.equal((await import("presence_rs/elements")).setConsumer, elements.setConsumer)
  })

  it("has the gem's version", async () => {
    const [, version] = /VERSION = "(.+)"/.exec(await readFile(`${root}lib/presence_rs/version.rb`, "utf8"))
    assert.equal(manifest.version, version)
  })

  it("depends on nothing, and its module imports nothing", async () => {
    assert.deepEqual([manifest.dependencies, manifest.peerDependencies], [undefined, undefined])
    for (const file of [".js", "/peers.js"]) assert.doesNotMatch(await readFile(path(file), "utf8"), /^\s*(import\b|export .* from)/m)
  })

  it("runs where there is no window, no document and no WebSocket", () => {
    assert.equal(typeof presenceRs.Presence, "function")
    assert.equal(globalThis.window, undefined)
  })
})
