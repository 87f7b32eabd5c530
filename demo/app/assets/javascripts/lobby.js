import { Presence } from "presence_rs"
import { consumer, showConnection } from "cable"
import { element, showList, tell } from "dom"
import { avatar, me, nameOf } from "people"

const presence = new Presence(consumer, { channel: "LobbyChannel" })

presence.onSync(render)
presence.onJoin(member => tell(`${nameOf(member)} came in.`))
presence.onLeave(member => tell(`${nameOf(member)} ${member.reason === "expired" ? "is gone: not heard from" : "left"}.`))
showConnection(presence)

function render() {
  const people = presence.list()
  document.querySelector("#count").textContent = presence.count
  showList(document.querySelector("#people"), people, member => member.id, personCard, updatePerson)

  const races = racesOf(people)
  showList(document.querySelector("#races"), races, race => race.id, raceCard, updateRace)
  document.querySelector("#quiet").hidden = races.length > 0
  document.querySelector("#alone").hidden = presence.count !== 1
}

function personCard(member) {
  const name = nameOf(member)
  return element("li", { class: "person" }, avatar(member.id, name),
    element("span", { class: "who" }, element("b", {}, name), member.id === me ? " (you)" : "",
      element("small", { class: "where" })))
}

function updatePerson(card, member) {
  card.querySelector(".where").replaceChildren(whereabouts(member))
}

// Each tab shows a meta of its own: somebody may be here and in a race at once. A page without
// a socket shows nothing.
function whereabouts({ metas }) {
  const tabs = metas.length > 1 ? `, ${metas.length} tabs` : ""
  if (!metas.some(meta => meta.name)) return "reading, without a socket"

  const race = metas.find(meta => meta.race)?.race
  return race ? `racing in ${raceName(race)}${tabs}` : `in the lobby${tabs}`
}

/** The races that somebody is in. There is no other list of them. */
function racesOf(people) {
  const races = new Map()
  for (const member of people) {
    for (const id of new Set(member.metas.map(meta => meta.race).filter(Boolean))) {
      if (!races.has(id)) races.set(id, { id, members: [] })
      races.get(id).members.push(member)
    }
  }
  return [...races.values()]
}

function raceName(id) {
  return id.replace(/(^|-)(.)/g, (_, dash, letter) => (dash ? " " : "") + letter.toUpperCase())
}

function raceCard({ id }) {
  return element("li", { class: "race card" },
    element("span", {}, element("b", {}, raceName(id)), element("small", { class: "who-races" })),
    element("span", { class: "faces" }),
    element("a", { class: "button", href: `/races/${encodeURIComponent(id)}`, "aria-label": `Join ${raceName(id)}` }, "Join"))
}

function updateRace(card, { members }) {
  card.querySelector(".who-races").textContent = members.map(nameOf).join(", ")
  showList(card.querySelector(".faces"), members.slice(0, 5), member => member.id,
    member => avatar(member.id, nameOf(member)), () => {})
}
