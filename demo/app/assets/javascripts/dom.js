/** Makes an element. What is not an element is text, so that nobody's name is taken for HTML. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) if (value !== false && value != null) made.setAttribute(name, value)
  made.append(...children)
  return made
}

/**
 * Shows a list: one child an item, kept for as long as its item is there, so that what moves
 * moves smoothly and what has the focus keeps it.
 */
export function showList(container, items, key, make, update) {
  const shown = new Map([...container.children].map(child => [child.dataset.key, child]))
  items.forEach((item, index) => {
    let child = shown.get(key(item))
    if (child) {
      shown.delete(key(item))
    } else {
      child = make(item)
      child.dataset.key = key(item)
    }
    update(child, item)
    if (container.children[index] !== child) container.insertBefore(child, container.children[index] ?? null)
  })
  for (const gone of shown.values()) gone.remove()
}

/** Says something that happened, in words. */
export function tell(text) {
  document.querySelector("#news").textContent = text
}
