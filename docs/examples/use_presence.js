// A React hook: who is here, rendered again whenever that changes.
import { useCallback, useEffect, useRef, useState } from "react"
import { Presence } from "presence_rs"

const NOBODY = { members: [], count: 0, sampled: false, stale: false }

/**
 * @param {object} consumer the app's one consumer, from createConsumer()
 * @param {string|object} identifier of a channel; a new object with the same content is the same channel
 * @returns {{ members: object[], count: number, sampled: boolean, stale: boolean, update: function(object): void }}
 *
 * @example
 *   function People({ room }) {
 *     const { members, stale, update } = usePresence(consumer, { channel: "RoomChannel", id: room.id })
 *     return (
 *       <>
 *         <ul aria-busy={stale}>{members.map(({ id, metas }) => <li key={id}>{metas[0].name}</li>)}</ul>
 *         <input onFocus={() => update({ typing: true })} onBlur={() => update({ typing: false })} />
 *       </>
 *     )
 *   }
 */
export function usePresence(consumer, identifier) {
  const [view, setView] = useState(NOBODY)
  const current = useRef(null)
  const key = JSON.stringify(identifier)

  useEffect(() => {
    const presence = new Presence(consumer, JSON.parse(key))
    const show = () => setView({
      members: presence.list(), count: presence.count, sampled: presence.sampled, stale: presence.stale
    })
    presence.onSync(show)
    presence.onStale(show)
    current.current = presence
    return () => {
      current.current = null
      presence.unsubscribe()
      setView(NOBODY)
    }
  }, [consumer, key])

  const update = useCallback(meta => current.current?.update(meta), [])
  return { ...view, update }
}
