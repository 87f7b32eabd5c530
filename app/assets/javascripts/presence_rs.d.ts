// The types of presence_rs.js, by hand; a test holds the two against each other.

/** One person on a topic. Frozen. */
export interface Member<Meta = Record<string, unknown>> {
  readonly id: string
  /** Seconds since 1970, to the millisecond: `new Date(member.joined_at * 1000)`. */
  readonly joined_at: number
  /** What each of their sessions (tabs, devices) shows, in the order of joins. */
  readonly metas: readonly Meta[]
}

/** A member who left, as last known. */
export interface Leaver<Meta = Record<string, unknown>> extends Member<Meta> {
  /** Where the server gave one; not for what a page missed while it was away. */
  readonly reason?: "left" | "expired"
}

/** What the server refused, or could not do for now. Frozen. */
export interface PresenceError {
  readonly code: "rejected" | "invalid_name" | "invalid_meta" | "limit_exceeded" | "store_unavailable" | "invalid_message"
    | "forbidden" | "invalid_event" | "not_present" | "event_failed" | (string & {})
  readonly message: string
  readonly topic: string | null
  /** Seconds until it is tried again; null where it is not. */
  readonly retry: number | null
  /** The name of the event that was not sent, where it is about one. */
  readonly event?: string
}

/** A part of a topic's list. Frozen. */
export interface Page<Meta = Record<string, unknown>> {
  /** In the order of the bytes of ids. */
  readonly members: readonly Member<Meta>[]
  /** What the next page goes on after; null where nobody comes after this one. */
  readonly next: string | null
  /** How many members the topic has. */
  readonly count: number
  readonly epoch: string
  readonly version: number
}

/** A consumer as `createConsumer()` of @rails/actioncable makes it; what is optional is used where it is there. */
export interface Consumer {
  subscriptions: { create(channel: any, mixin?: any): any }
  connection?: any
  send?(data: any): unknown
}

/** A subscription as `consumer.subscriptions.create()` makes it. */
export interface Subscription {
  perform(action: string, data?: object): unknown
  unsubscribe(): unknown
}

/** A channel and its params. The order of keys counts, as it does to Action Cable. */
export type Identifier = string | { channel: string; [param: string]: unknown }

/** For tests. The clock, the numbers and the events of a consumer's first Presence hold for all of them. */
export interface PresenceOptions {
  /** Which topic to follow, where the channel tracks several; without it the first that it names. */
  topic?: string
  /** Milliseconds. */
  clock?: { now(): number; setTimeout(callback: () => void, delay: number): unknown; clearTimeout(id: any): void }
  /** From 0 to below 1. */
  random?: () => number
  /** Where the events of the page come from. */
  events?: { window?: EventTarget; document?: EventTarget }
}

/** Who has emitted an event, by the server's word. Frozen. */
export interface Sender {
  /** A member's; null: the server itself. */
  readonly id: string | null
  /** The public name of one of their sessions. */
  readonly session: string | null
}

/** Whom an event is for; without it all other sessions of the topic. */
export interface Addressee {
  /** A member's id: all their sessions. */
  to?: string | number
  /** One of these, by its public name. */
  session?: string | null
}

/** Takes a handler out again. */
export type Off = () => void

/**
 * Who is present on the topic of a channel, for as long as it is not unsubscribed.
 *
 * @typeParam Meta what a session shows of itself
 */
export class Presence<Meta = Record<string, unknown>> {
  constructor(consumer: Consumer, identifier: Identifier, options?: PresenceOptions)
  constructor(subscription: Subscription, options?: PresenceOptions)
  constructor(subscription: Subscription, identifier: undefined, options?: PresenceOptions)

  /** Somebody came. Not called for those who were there first, nor while the topic is `sampled`. */
  onJoin(handler: (member: Member<Meta>) => void): Off
  /** Somebody went. */
  onLeave(handler: (member: Leaver<Meta>) => void): Off
  /** Somebody shows something else, has one more tab, or one less. */
  onUpdate(handler: (member: Member<Meta>) => void): Off
  /** The list is there, or changed, after the handlers above. */
  onSync(handler: () => void): Off
  /** `stale` changed. */
  onStale(handler: (stale: boolean) => void): Off
  onError(handler: (error: PresenceError) => void): Off
  /** The channel sent something of the app's own. */
  onMessage(handler: (data: any) => void): Off

  /** Somebody, or the server, has emitted an event on this topic. */
  on<Data = any>(event: string, handler: (data: Data, from: Sender) => void): Off
  /** Sends an event to others, where the channel permits it; false where it could not go out. */
  emit(event: string, data?: object, addressee?: Addressee): boolean

  /** Calls an action of the channel, one of the app's own; false where it could not go out. */
  perform(action: string, data?: object): boolean

  /** Who this page is; null until it was told, and where the page may emit no events. */
  readonly id: string | null
  /** The public name of this page's session; another one after a reconnect, null while there is none. */
  readonly session: string | null

  /** How many members are present; 0 until the list is there. */
  readonly count: number
  /** Whether there are so many members that `list()` has only some of them. */
  readonly sampled: boolean
  /** Whether the list may be wrong: once unsubscribed, and from a lost connection until it is known to be right again. */
  readonly stale: boolean

  /** A new Array, by `joined_at`, then by the bytes of `id`. */
  list(): Member<Meta>[]
  get(id: string | number): Member<Meta> | undefined
  has(id: string | number): boolean

  /** A part of the list of a topic that is `sampled`; rejected with an Error that has a `code`. */
  page(part?: { after?: string | null; limit?: number }): Promise<Page<Meta>>

  /** Shows something to others, in the keys that the channel permits; the other keys stay. */
  update(meta: Partial<Meta>): void
  /** Says goodbye and ends the subscription, unless another Presence shares it, or takes it over within a moment. */
  unsubscribe(): void
}
