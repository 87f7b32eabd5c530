// The types of elements.js, by hand; a test holds the two against each other.
import type { Consumer, Presence } from "presence_rs"

/** The consumer of Action Cable that the elements use, or a promise of it. Without it they make one of their own. */
export function setConsumer(consumer: Consumer | Promise<Consumer>): void

/** The consumer that the elements use. */
export function getConsumer(): Promise<Consumer>

/** What an element, or those of a topic by its name, follow; null while there is nothing. */
export function presenceOf<Meta = Record<string, unknown>>(elementOrTopic: Element | string): Presence<Meta> | null
