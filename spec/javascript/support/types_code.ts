// Compiled by types.test.mjs, never run: what the .d.ts files declare, against what the compiler reads out of the code and
// the JSDoc at it. "code/…" leads to copies of the modules, as next to a .d.ts the compiler would look into that instead.
import type * as declared from "presence_rs"
import type * as declaredElements from "presence_rs/elements"
import type * as declaredPeers from "presence_rs/peers"
import type * as code from "code/presence_rs.js"
import type * as codeElements from "code/presence_rs/elements.js"
import type * as codePeers from "code/presence_rs/peers.js"

type Fits<Given, Wanted> = [Given] extends [Wanted] ? true : { given: Given; wanted: Wanted }
type Both<A, B> = Fits<A, B> extends true ? Fits<B, A> : Fits<A, B>
// Two of optional keys fit each other, whatever each has that the other lacks.
type Same<A, B> = Both<keyof A, keyof B> extends true ? Both<A, B> : Both<keyof A, keyof B>
type Is<Checked extends true> = Checked

// As functions, since the compiler takes parameters of methods that fit either way.
type Strict<T> = T extends (...args: infer Args) => infer Result ? (...args: Args) => Result : T
type Members<T> = { [Name in keyof T]: Strict<T[Name]> }
// What is given to the code is what it takes, and what comes back is what was declared.
type Returned<T> = { [Name in keyof T]: T[Name] extends (...args: any) => infer Result ? Result : T[Name] }
type Class<Code, Declared> = [Fits<Members<Code>, Members<Declared>>, Both<Returned<Code>, Returned<Declared>>]
type Options<Constructor extends abstract new (...args: any) => any, At extends number> = NonNullable<ConstructorParameters<Constructor>[At]>

type CodePage = Awaited<ReturnType<code.Presence["page"]>>
type CodePeerState = ReturnType<codePeers.Peers["list"]>[number]

export type Checks = [
  // A Member of the code may have the reason of one who left.
  Is<Same<code.Member, declared.Leaver<object>>>,
  Is<Both<keyof declared.Member, Exclude<keyof code.Member, "reason">>>,
  Is<Same<code.PresenceError, declared.PresenceError>>,
  Is<Same<code.Sender, declared.Sender>>,
  Is<Same<CodePage, declared.Page<object>>>,
  Is<Same<Options<typeof code.Presence, 2>, declared.PresenceOptions>>,
  Is<Same<NonNullable<declared.PresenceOptions["events"]>, NonNullable<Options<typeof code.Presence, 2>["events"]>>>,
  Is<Same<NonNullable<Parameters<code.Presence["emit"]>[2]>, declared.Addressee>>,
  Is<Same<NonNullable<Parameters<code.Presence["page"]>[0]>, NonNullable<Parameters<declared.Presence["page"]>[0]>>>,
  Is<Class<code.Presence, declared.Presence<object>>[0]>,
  Is<Class<code.Presence, declared.Presence<object>>[1]>,

  Is<Same<codePeers.PeerMember, declaredPeers.PeerMember<object>>>,
  Is<Same<codePeers.PeersError, declaredPeers.PeersError<object>>>,
  Is<Same<CodePeerState, declaredPeers.PeerState<object>>>,
  Is<Same<Options<typeof codePeers.Peers, 1>, declaredPeers.PeersOptions<object>>>,
  Is<Class<codePeers.Peers, declaredPeers.Peers<object>>[0]>,
  Is<Class<codePeers.Peers, declaredPeers.Peers<object>>[1]>,

  Is<Both<typeof codeElements.setConsumer, typeof declaredElements.setConsumer>>,
  Is<Both<typeof codeElements.getConsumer, typeof declaredElements.getConsumer>>,
  Is<Both<typeof codeElements.presenceOf, typeof declaredElements.presenceOf<Record<string, unknown>>>>,
]
