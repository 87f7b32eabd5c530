// As @types/rails__actioncable has it, as far as the sample goes.
interface Channel { channel: string; [key: string]: unknown }
export interface Subscription {
  identifier: string
  perform(action: string, data?: object): boolean
  send(data: object): boolean
  unsubscribe(): Subscription
}
export interface Consumer {
  subscriptions: { create(channel: string | Channel, mixin?: object): Subscription }
  send(data: object): boolean
  connect(): boolean
  disconnect(): unknown
}
export function createConsumer(url?: string | (() => string)): Consumer
