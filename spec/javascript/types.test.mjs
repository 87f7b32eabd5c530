// The hand-written types, held against the code by the compiler, and by what the class really has.
import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
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
  const compiler = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc")
  try {
    return (await promisify(execFile)(process.execPath, [compiler, ...args], { cwd: root })).stdout
  } catch (error) {
    return error.stdout || error.message
  }
}

const CHECKS = "spec/javascript/support/types_code.ts"

// The checks that fail between the code and the .d.ts files, these with some edits: [file, from, to].
async function misfits(edits = []) {
  const work = await mkdtemp(join(tmpdir(), "presence_rs-types-"))
  try {
    await cp(dirname(path("")), join(work, "code"), { recursive: true, filter: name => !name.endsWith(".d.ts") })
    await mkdir(join(work, "types/presence_rs"), { recursive: true })
    for (const name of [".d.ts", "/peers.d.ts", "/elements.d.ts"]) {
      let text = await readFile(path(name), "utf8")
      for (const [, from, to] of edits.filter(([file]) => file === name)) {
        assert.ok(text.includes(from), `${name} has no ${from}`)
        text = text.replace(from, to)
      }
      await writeFile(join(work, `types/presence_rs${name}`), text)
    }
    await cp(`${root}${CHECKS}`, join(work, "types_code.ts"))
    await writeFile(join(work, "package.json"), JSON.stringify({ type: "module" }))
    await writeFile(join(work, "tsconfig.json"), JSON.stringify({
      compilerOptions: {
        noEmit: true, strict: true, allowJs: true, target: "es2022", module: "nodenext", moduleResolution: "nodenext",
        lib: ["es2022", "dom", "dom.iterable"], types: [], skipDefaultLibCheck: true, noErrorTruncation: true,
        paths: { "code/*": ["./code/*"], presence_rs: ["./types/presence_rs.d.ts"], "presence_rs/*": ["./types/presence_rs/*.d.ts"] }
      },
      files: ["types_code.ts"]
    }))
    const [output, checks] = [await tsc("--project", work), (await readFile(`${root}${CHECKS}`, "utf8")).split("\n")]
    return output.split("\n").filter(line => line.trim()).map(line => {
      const [, number] = /types_code\.ts\((\d+),\d+\): error TS2344/.exec(line) ?? []
      return number ? checks[number - 1].trim() : line
    })
  } finally {
    await rm(work, { recursive: true })
  }
}

// The codes that a .d.ts names, and those that the JSDoc of the module does.
async function codes(name, type) {
  const [types, code] = await Promise.all([readFile(path(`${name}.d.ts`), "utf8"), readFile(path(`${name}.js`), "utf8")])
  const named = text => [...text.matchAll(/"(\w+)"/g)].map(([, found]) => found).sort()
  return [new RegExp(`interface ${type}\\b[^]*?readonly code: ([^]*?)readonly`).exec(types)[1],
    new RegExp(`@typedef \\{object\\} ${type}\\b[^]*?code ([^]*?)@property`).exec(code)[1]].map(named)
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

  it("declares the options, fields and results that the code has", async () => assert.deepEqual(await misfits(), []))

  it("would be told of a field, a result or an option that the code has not", async () => {
    const found = await misfits([
      [".d.ts", "readonly retry: number | null", "readonly retry: string"],
      [".d.ts", "readonly epoch: string", "readonly epoch: number"],
      ["/peers.d.ts", "close(): void", "close(): number"],
      ["/peers.d.ts", "max?: number", "most?: number"]
    ])
    for (const check of ["<code.PresenceError,", "<CodePage,", "<Class<codePeers.Peers,", "<Options<typeof codePeers.Peers,"]) {
      assert.ok(found.some(line => line.includes(check)), `${check} is not among ${found.join("\n")}`)
    }
  })

  it("names the codes of errors that the code's own comments do", async () => {
    for (const [name, type] of [["", "PresenceError"], ["/peers", "PeersError"]]) {
      const [types, code] = await codes(name, type)
      assert.ok(types.length > 0)
      assert.deepEqual(types, code)
    }
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
