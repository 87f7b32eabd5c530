import { Presence } from "presence_rs"
import { consumer, showConnection } from "cable"
import { Cameras } from "cameras"
import { Cheers } from "cheers"
import { element, showList, tell } from "dom"
import { avatar, me, nameOf } from "people"
import { Start } from "start"
import { Typing } from "typing"

const race = document.querySelector("main").dataset.race

// One socket, two topics: the lobby shows who is in which race, and this race how far everyone is.
new Presence(consumer, { channel: "LobbyChannel", race })
const presence = new Presence(consumer, { channel: "RaceChannel", id: race })
const finished = new Set()

presence.onSync(render)
presence.onJoin(member => tell(`${nameOf(member)} is at the start.`))
presence.onLeave(member => tell(`${nameOf(member)} left the race.`))
presence.onUpdate(member => {
  const place = placesOf(presence.list()).get(member.id)
  if (place && !finished.has(member.id)) tell(`${nameOf(member)} finished as number ${place}.`)
  if (place) finished.add(member.id)
  else finished.delete(member.id)
})
showConnection(presence)
const cheers = new Cheers(presence)
new Cameras(presence)

const score = document.querySelector("#score")
const typing = new Typing(document.querySelector("#typed"), document.querySelector("#text"), ({ progress, wpm, seconds }) => {
  presence.update({ progress, wpm, seconds })
  score.textContent = seconds ? `Done in ${seconds} s, at ${wpm} words a minute.` : `${progress} %, ${wpm} words a minute`
})

document.querySelector("#again").addEventListener("click", () => {
  typing.reset()
  presence.update({ progress: 0, wpm: 0, seconds: null })
  score.textContent = "The clock starts with your first letter."
  document.querySelector("#typed").focus()
})

// Who was about to type, or gave the signal, goes on typing; nobody else's focus is moved.
let typed = false
new Start(presence, {
  ready() {
    typed = document.activeElement.matches("body, #typed, #start")
    typing.hold()
    presence.update({ progress: 0, wpm: 0, seconds: null })
    score.textContent = "Get ready."
  },
  go() {
    typing.begin()
    score.textContent = "The clock is running."
    if (typed) document.querySelector("#typed").focus()
  }
})

document.querySelector("#bot").addEventListener("click", ({ currentTarget: { dataset } }) => {
  const token = document.querySelector("meta[name=csrf-token]").content
  fetch(dataset.url, { method: "POST", headers: { "X-CSRF-Token": token } })
})

/** The best that one of their tabs shows. What other people's pages say is only taken for numbers. */
function bestOf({ metas }) {
  const numbers = metas.map(({ progress, wpm, seconds }) => ({
    progress: Math.min(Math.max(Number(progress) || 0, 0), 100),
    wpm: Math.max(Math.round(Number(wpm) || 0), 0),
    seconds: Number(seconds) || 0
  }))
  return numbers.reduce((best, next) => next.progress > best.progress ? next : best, { progress: 0, wpm: 0, seconds: 0 })
}

function finishers(people) {
  return people.filter(member => bestOf(member).seconds > 0).sort((a, b) => bestOf(a).seconds - bestOf(b).seconds)
}

/** Who of those at the finish has which place. */
function placesOf(people) {
  return new Map(finishers(people).map((member, index) => [member.id, index + 1]))
}

function render() {
  const people = presence.list()
  const places = placesOf(people)
  document.querySelector("#count").textContent = presence.count
  showList(document.querySelector("#lanes"), people, member => member.id, lane,
    (item, member) => updateLane(item, member, places.get(member.id)))
  document.querySelector("#results").hidden = places.size === 0
  showList(document.querySelector("#ranking"), finishers(people), member => member.id, rank, updateRank)
}

function lane(member) {
  const name = nameOf(member)
  return element("li", { class: "lane" },
    element("span", { class: "lane-name" }, element("b", {}, name), element("span", { class: "you" }, member.id === me ? " (you)" : "")),
    element("span", { class: "track", role: "progressbar", "aria-label": name, "aria-valuemin": 0, "aria-valuemax": 100 },
      element("span", { class: "run-way" }, element("span", { class: "run" }, avatar(member.id, name))),
      element("span", { class: "cheers", "aria-hidden": "true" })),
    element("span", { class: "speed" }, element("span", { class: "number" }), element("span", { class: "unit" }, " wpm")),
    cheers.button(member, name))
}

function updateLane(item, member, place) {
  const { progress, wpm } = bestOf(member)
  item.classList.toggle("finished", Boolean(place))
  item.style.setProperty("--progress", progress)
  item.querySelector(".track").setAttribute("aria-valuenow", progress)
  item.querySelector(".number").textContent = place ? `#${place} · ${wpm}` : wpm
}

function rank(member) {
  const name = nameOf(member)
  return element("li", {}, avatar(member.id, name), element("b", {}, name), element("span", { class: "time" }))
}

function updateRank(item, member) {
  const { seconds, wpm } = bestOf(member)
  item.querySelector(".time").textContent = `${seconds.toFixed(1)} s · ${wpm} wpm`
}
