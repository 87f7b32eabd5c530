// Compiled by types.test.mjs, never run: what the types allow, and what they refuse.
import { createConsumer } from "./types_actioncable.js"
import { Presence, type Leaver, type Member, type Page, type PresenceError } from "presence_rs"
import { presenceOf, setConsumer } from "presence_rs/elements"
import { Peers, type PeerMember, type PeersError } from "presence_rs/peers"

interface Racer { name: string; place?: number }

const consumer = createConsumer()
const presence = new Presence<Racer>(consumer, { channel: "RaceChannel", id: 1 })
new Presence(consumer, "LobbyChannel")
new Presence(consumer, { channel: "RoomChannel" }, { topic: "room:1", random: () => 0.5 })
new Presence(consumer.subscriptions.create("RoomChannel"))
new Presence(consumer.subscriptions.create("RoomChannel"), { topic: "room:1" })

const off: () => void = presence.onJoin(member => console.log(member.id.toUpperCase(), member.metas[0].name, member.joined_at + 1))
off()
presence.onLeave((member: Leaver<Racer>) => member.reason === "expired")
presence.onUpdate(({ metas }) => metas.map(({ place }) => place ?? 0))
presence.onSync(() => undefined)
presence.onStale(stale => stale === true)
presence.onError(({ code, message, topic, retry }: PresenceError) => [code === "rejected", message, topic, retry])
presence.onMessage(data => data.anything)

const count: number = presence.count
const flags: boolean[] = [presence.sampled, presence.stale, presence.has("7"), presence.has(7)]
const list: Member<Racer>[] = presence.list()
const one: Member<Racer> | undefined = presence.get("7")
presence.page({ after: "7", limit: 10 }).then(({ members, next, version }: Page<Racer>) => [members[0].metas[0].place, next?.length, version + 1])
presence.page({ after: null })
presence.update({ place: count })
const silent: () => void = presence.on("cheer", (data, { id, session }) => [data.lane, id?.length, session?.length])
silent()
presence.on<{ lane: number }>("cheer", ({ lane }) => lane + 1)
const sent: boolean = presence.emit("cheer", { lane: 2 }) && presence.emit("signal", {}, { to: 42, session: "s" })
  && presence.emit("signal", {}, { to: "bob", session: null }) && presence.emit("go")
const me: (string | null)[] = [presence.id, presence.session]
console.log(sent, me)
presence.unsubscribe()
console.log(flags, list, one)

const peers = new Peers(presence, { stream: () => navigator.mediaDevices.getUserMedia({ video: true }), max: 4, accept: ({ id }) => id !== "7" })
new Peers(presence)
peers.onStream((member: PeerMember<Racer>, stream: MediaStream) => [member.metas[0].name, member.key, stream.id])
peers.onGone(({ key }) => key.length)
peers.onLocal(stream => stream?.getTracks())
peers.onError(({ code, message, member, cause }: PeersError<Racer>) => [code === "no_permission", message, member?.id, cause])
const streams: (MediaStream | null)[] = [peers.stream, ...peers.list().map(({ stream }) => stream)]
peers.setStream(null).then(stream => [stream, streams, peers.count])
peers.close()

setConsumer(consumer)
setConsumer(Promise.resolve(consumer))
const called: boolean = presence.perform("finish", { place: 1 })
presenceOf<Racer>("room:1")?.onJoin(member => [member.metas[0].name, called])
// @ts-expect-error an action has a name
presence.perform({ place: 1 })
// @ts-expect-error it is no consumer
setConsumer("/cable")

// @ts-expect-error it is a number
new Peers(presence, { max: "6" })
// @ts-expect-error there is no such handler
peers.onTrack(() => {})
// @ts-expect-error an identifier is missing
new Presence(consumer)
// @ts-expect-error an identifier has a channel
new Presence(consumer, { id: 1 })
// @ts-expect-error there is nothing to listen to
new Presence({})
// @ts-expect-error a handler is a function
presence.onSync("render")
// @ts-expect-error no key of a Racer's
presence.update({ speed: 1 })
// @ts-expect-error it is the server's
presence.count = 1
// @ts-expect-error the data is an object
presence.emit("cheer", "go")
// @ts-expect-error it is frozen
presence.get("7")!.id = "8"
// @ts-expect-error a limit is a number
presence.page({ limit: "10" })
// @ts-expect-error there is no such handler
presence.onTyping(() => {})
