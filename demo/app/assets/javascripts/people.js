import { element } from "dom"

/** Whose page this is. */
export const me = document.querySelector("main").dataset.me

/**
 * What to call a member. Their sockets show a name; one who only loads pages has none, and
 * here, where there is no database to ask, the name is in the id too.
 */
export function nameOf({ id, metas = [] }) {
  return metas[0]?.name ?? nameIn(id)
}

export function nameIn(id) {
  return id.slice(id.indexOf(":") + 1)
}

/** The same colour for the same person on every page; those of similar ids are far apart. */
function hueOf(id) {
  let hash = 0
  for (const character of id) hash = (hash * 31 + character.codePointAt(0)) % 9973
  return Math.round(hash * 137.5) % 360
}

// Marks that turn the direction of writing, fillers, blanks, and accents without their letter show nothing.
const UNSEEN = /^[\p{Default_Ignorable_Code_Point}\p{C}\p{Z}\p{M}\u2800]$/u

/** A disc with the first letter of their name that can be seen. */
export function avatar(id, name) {
  const letter = [...name].find(character => !UNSEEN.test(character)) ?? "?"
  const disc = element("span", { class: "avatar", "aria-hidden": "true" }, letter.toUpperCase())
  disc.style.setProperty("--hue", hueOf(id))
  return disc
}
