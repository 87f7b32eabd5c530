import { element, showList, tell } from "dom"
import { HttpPresence } from "http_presence"
import { oldWay } from "old_way"
import { avatar, me, nameIn } from "people"

const EVERY = 2000
const { presence: path, lobby } = document.querySelector("main").dataset
const presence = new HttpPresence(path, { name: nameIn(me) })
// To the lobby this page is one without a socket: it says so itself, or the last word there would be that of the page before.
const there = new HttpPresence(lobby, {})
let crashed = null
let gone = null

addEventListener("beforeunload", () => { if (!crashed) oldWay.leave() })
addEventListener("pagehide", () => {
  if (!crashed) [presence, there].forEach(each => each.leave())
})
addEventListener("pageshow", event => { if (event.persisted && !crashed) join() })

document.querySelector("#crash").addEventListener("click", () => {
  crashed = Date.now()
  fallSilent("This tab has crashed",
    "It says nothing any more. Both lists go on being asked for every two seconds, as other people's pages would.")
  look()
})
for (const each of [presence, there]) {
  each.onEnded(() => fallSilent("You were taken off", "You signed out elsewhere, or the server was started anew. This page does not undo that by itself."))
}
document.querySelector("#back").addEventListener("click", () => location.reload())
document.querySelector("#sweep").addEventListener("click", () => oldWay.clear().then(look))

await join()
look()
setInterval(look, EVERY)

function join() {
  return Promise.all([presence.join(), there.join(), oldWay.join()])
}

function fallSilent(title, story) {
  for (const each of [presence, there]) each.stop()
  document.querySelector("#crash").hidden = true
  document.querySelector("#title").textContent = title
  document.querySelector("#story").textContent = story
  document.querySelector("#back").hidden = false
  document.querySelector("#back").focus()
}

async function look() {
  try {
    const [ids, members] = await Promise.all([oldWay.ids(), presence.members()])
    show("#old", ids)
    show("#new", members.map(member => member.id))
    judge(ids.includes(me), members.some(member => member.id === me))
  } catch (error) {
    tell(`The lists could not be asked for (${error.message}). It is tried again.`)
  }
}

function show(selector, ids) {
  const update = (item, id) => {
    const ghost = Boolean(crashed) && id === me
    item.classList.toggle("ghost", ghost)
    item.querySelector(".note").textContent = ghost ? "not there any more" : ""
  }
  showList(document.querySelector(selector), ids, id => id, person, update)
}

function person(id) {
  const name = nameIn(id)
  return element("li", { class: "person" }, avatar(id, name),
    element("span", { class: "who" }, element("b", {}, name), id === me ? " (you)" : "", element("small", { class: "note" })))
}

function judge(inOld, inNew) {
  if (!crashed) return

  const seconds = Math.round((Date.now() - crashed) / 1000)
  if (!inNew) gone ??= seconds
  verdict("#old-verdict", inOld ? "bad" : "good",
    inOld ? `You crashed ${seconds} s ago and are still listed. Nothing will ever take you off.` : "Cleared by hand.")
  verdict("#new-verdict", inNew ? "" : "good",
    inNew ? `You crashed ${seconds} s ago. ${presence.ttl} s after your last word you are off.` : `Off the list ${gone} s after the crash.`)
}

function verdict(selector, mood, text) {
  const line = document.querySelector(selector)
  line.dataset.mood = mood
  line.textContent = text
}
