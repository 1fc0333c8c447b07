import { Problem } from '../problem'
import { Apart, Unanswered } from './apart/apart'
import type { Pinned } from './apart/pins'
import { type Carrier, type Except, identityOf, pidsExcept, without } from './carriers'
import { parentOf, startTicks, userIdsOf } from './proc'
import type { OfferedSocket } from './sockets'
import { userName } from './users'

/** Asks processes as if they always answered. Those that do not are left out, and can be told of. */

/** Once so many of one user's processes do not answer, no others of that user's are asked. */
const MAX_OF_USER = 3
/** Each process that does not answer may leave a helper behind that can't be ended. */
const MAX_UNANSWERING = 30

/** A process that does not let itself be read. */
export interface Unanswering {
  pid: number
  user: string
}

const apart = new Apart()
const unanswering = new Map<string, Unanswering & { uid: number }>()

/** Every process of this machine that carries the provider, lets us look, and answers, by pid. */
export function findCarriers(): Carrier[] {
  return atOnce(() => apart.ask('findCarriers', except())) ?? oneByOne(pidsExcept(except()))
}

/** Gives those of these processes that carry the provider, let us look, and answer. It may be asked again and again. */
export function carriersOf(pids: readonly number[]): Carrier[] {
  forgetEnded()
  const asked = without(pids, except())
  if (asked.length === 0) return []
  return atOnce(() => apart.ask('carriersOf', asked)) ?? oneByOne(asked)
}

/** Asks for all processes at once; undefined where one of them does not answer. */
function atOnce(ask: () => Carrier[]): Carrier[] | undefined {
  try {
    return ask()
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error
    return undefined
  }
}

/** Asks for each process by itself, to find out which one does not answer. */
function oneByOne(pids: readonly number[]): Carrier[] {
  const found: Carrier[] = []
  for (const pid of pids) {
    if (unanswering.size >= MAX_UNANSWERING) break
    if (except().users.has(userIdsOf(pid)?.[1] as number)) continue
    const carrier = carrierOf(pid)
    if (carrier !== undefined) found.push(carrier)
  }
  return found
}

/** Those that are gone can't keep others of their user from being asked any longer. */
function forgetEnded(): void {
  for (const [identity, { pid }] of unanswering)
    if (identityOf({ pid, startTicks: startTicks(pid) }) !== identity) unanswering.delete(identity)
}

export function carrierOf(pid: number): Carrier | undefined {
  return asked(pid, () => apart.ask('carrierOf', pid))
}

/** The number of tracers on each probe of each copy; undefined if that can't be seen. */
export function tracersOn(carrier: Carrier): number[] | undefined {
  return asked(carrier.pid, () => apart.ask('tracersOn', carrier))
}

/** Whether anybody listens to any probe. */
export function isTraced(carrier: Carrier): boolean | undefined {
  return tracersOn(carrier)?.some((count) => count > 0)
}

export function isWorkerOf(pid: number, primary: number): boolean {
  return parentOf(pid) === primary && asked(pid, () => apart.ask('isWorkerOf', pid, primary)) === true
}

export function commandOf(pid: number): string[] {
  return asked(pid, () => apart.ask('commandOf', pid)) ?? []
}

export function environmentOf(pid: number): NodeJS.ProcessEnv {
  return asked(pid, () => apart.ask('environmentOf', pid)) ?? {}
}

export function hasFile(pid: number, file: string): boolean {
  return asked(pid, () => apart.ask('hasFile', pid, file)) === true
}

export function listensToSignal(pid: number, signal: number): boolean | undefined {
  return asked(pid, () => apart.ask('listensToSignal', pid, signal))
}

/** The sockets that a process offers, in the order of its threads. */
export function socketsOf(pid: number): OfferedSocket[] {
  return asked(pid, () => apart.ask('socketsOf', pid)) ?? []
}

/**
 * Holds a socket that a process offers while it is used.
 *
 * @param use - is given a path by which it can be connected to, and undefined if it is not the process's own
 * @throws Error as the system tells it
 */
export function withSocket<T>(pid: number, offered: OfferedSocket, use: (path?: string) => T): T {
  let pin: Pinned | undefined
  try {
    pin = apart.ask('pinSocket', offered)
  } catch (error) {
    if (error instanceof Unanswered) note(pid)
    throw error
  }
  try {
    return use(pin?.path)
  } finally {
    if (pin !== undefined) asked(pid, () => apart.ask('closePinned', (pin as Pinned).descriptor))
  }
}

/** The processes that did not answer so far. */
export function unanswered(): Unanswering[] {
  return [...unanswering.values()]
}

function asked<T>(pid: number, ask: () => T): T | undefined {
  if (unanswering.has(identity(pid))) return undefined
  try {
    return ask()
  } catch (error) {
    if (error instanceof Problem) throw error
    if (error instanceof Unanswered) note(pid)
    return undefined
  }
}

function note(pid: number): void {
  const uid = userIdsOf(pid)?.[1] ?? Number.NaN
  unanswering.set(identity(pid), { pid, uid, user: userName(uid) })
}

function identity(pid: number): string {
  return identityOf({ pid, startTicks: startTicks(pid) })
}

function except(): Except {
  const uids = [...unanswering.values()].map(({ uid }) => uid)
  const users = new Set(uids.filter((uid) => uids.filter((other) => other === uid).length >= MAX_OF_USER))
  return { processes: new Set(unanswering.keys()), users }
}
