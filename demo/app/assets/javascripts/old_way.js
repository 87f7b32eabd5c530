const path = document.querySelector("main").dataset.old
const token = document.querySelector("meta[name=csrf-token]").content

function send(method, address = path) {
  return fetch(address, { method, keepalive: true, headers: { "X-CSRF-Token": token } })
}

/** The old way: on the list when the page loads, off it when the browser says that it is left. */
export const oldWay = {
  join: () => send("POST"),
  leave: () => send("DELETE"),
  clear: () => send("DELETE", `${path}/all`),
  async ids() { return (await fetch(path)).json() }
}
