// The types of presence_rs/peers.js, by hand; a test holds the two against each other.
import type { Member, Presence } from "presence_rs"

/** A member, and which of their pages. Frozen. */
export interface PeerMember<Meta = Record<string, unknown>> extends Member<Meta> {
  /** One of each page of theirs; the same for onStream and onGone. */
  readonly key: string
}

/** A connection, or what is to become one. */
export interface PeerState<Meta = Record<string, unknown>> extends PeerMember<Meta> {
  readonly state: "connecting" | "connected" | "reconnecting"
  readonly stream: MediaStream | null
}

/** Something that people should know. Frozen. */
export interface PeersError<Meta = Record<string, unknown>> {
  readonly code: "unsupported" | "no_permission" | "no_device" | "too_many_peers" | "failed" | (string & {})
  /** For people to read. */
  readonly message: string
  /** Whom it is about. */
  readonly member: PeerMember<Meta> | null
  /** The error behind it, where there is one. */
  readonly cause: unknown
}

/** A stream, one that is waited for, or a function that asks for one; null is none. */
export type StreamSource = MediaStream | Promise<MediaStream | null> | (() => MediaStream | Promise<MediaStream | null> | null) | null

export interface PeersOptions<Meta = Record<string, unknown>> {
  /** What others are to see and hear. Nothing is said to anybody until it is there. Without: look and listen only. */
  stream?: StreamSource
  /** STUN and TURN servers; without, pages find each other within one network only. */
  iceServers?: RTCIceServer[]
  /** "relay" hides the addresses of pages from each other, and takes a TURN server. */
  iceTransportPolicy?: RTCIceTransportPolicy
  /** How many connections there may be: 6 where left out. */
  max?: number
  /** Over which event the pages talk: "signal" where left out. */
  event?: string
  /** Whether to connect with somebody. */
  accept?: (member: PeerMember<Meta>) => boolean
  /** For tests. Milliseconds. */
  clock?: { now(): number; setTimeout(callback: () => void, delay: number): unknown; clearTimeout(id: any): void }
  /** For tests. From 0 to below 1. */
  random?: () => number
  /** For tests. Makes a connection. */
  connect?: (configuration: RTCConfiguration) => RTCPeerConnection
  /** For tests. Where the events of the page come from. */
  window?: EventTarget
}

/** Audio and video between the pages of a topic's members: each sends to each, so it is for a handful of them. */
export class Peers<Meta = Record<string, unknown>> {
  constructor(presence: Presence<Meta>, options?: PeersOptions<Meta>)

  /** Somebody is to be seen or heard. What they show after that comes into the same stream; again once they have shown nothing. */
  onStream(handler: (member: PeerMember<Meta>, stream: MediaStream) => void): () => void
  /** Somebody of whom there was a stream is not to be seen or heard any more. */
  onGone(handler: (member: PeerMember<Meta>) => void): () => void
  /** Our own stream is there, or another one: for a preview. */
  onLocal(handler: (stream: MediaStream | null) => void): () => void
  onError(handler: (error: PeersError<Meta>) => void): () => void

  /** What others see and hear of us. */
  readonly stream: MediaStream | null
  /** With how many pages there is a connection now. */
  readonly count: number
  list(): PeerState<Meta>[]

  /** Shows others another stream, or none. Resolves to it; to null where there is none, of which onError has told. */
  setStream(stream: StreamSource): Promise<MediaStream | null>
  /** Ends all connections, and says goodbye. The Presence goes on. */
  close(): void
}
