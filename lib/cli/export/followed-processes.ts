import type { Problem } from '../problem'
import { type Carrier, carrierOf, findCarriers, isRunning } from '../processes/carriers'
import { PodNames } from '../processes/container'
import { allPids, startTicks } from '../processes/proc'
import { SocketFinder } from '../processes/sockets'
import { titleOf } from '../render/processes'
import type { CountedRequests } from '../sources/bpftrace/counts-attachment'
import { FollowedProcess } from './followed-process'
import type { HandlersSwitch } from './handlers-switch'
import { KernelCounts } from './kernel-counts'
import { labelsOf } from './labels'
import { ProcessFigures, Room } from './process-figures'
import { Unclaimed } from './unclaimed'
import { Unusable, type Ways, wayOf } from './ways'

/** The time between two looks for processes, in milliseconds. */
const LOOK = 2000

/**
 * In milliseconds: how long after one look a process is looked into again at the latest. Looking into it means to read
 * its memory map, so that a process that is old and still has nothing is rarely looked into.
 */
const LATEST = 30_000

/**
 * In milliseconds: how long the figures of a process that is gone are still given, so that whoever reads them once a
 * minute gets what it did last.
 */
const GONE = 60_000

/** The most rows of figures, of all processes together. */
const MAX_ROWS = 200_000

/** The most processes that are followed. */
const MAX_PROCESSES = 2000

/** A process of this machine, whether it is followed or not. */
interface Sighting {
  readonly startTicks: number
  readonly firstSeen: number
  /** The time at which it is to be looked into next, by `performance.now()`. */
  due: number
  followed: FollowedProcess | undefined
  /** Why it is not counted, though it has the probes. */
  unread: string | undefined
  /** Whether it is looked into soon, as it may be counted in the kernel by then. */
  isWaiting: boolean
  /** Whether it has been looked into, and nobody wants its figures. */
  isUnwanted: boolean
}

/** The processes of one look that nobody counts. */
interface Found {
  /** Those that can be counted in the kernel. */
  readonly uncounted: Carrier[]
  /** Those that can't, and of which nothing was said yet. */
  readonly unread: { carrier: Carrier; why: string }[]
}

export interface Following {
  /** Whether somebody wants the figures of this process. */
  wants(carrier: Carrier): boolean
  ways: Ways
  handlers: HandlersSwitch
  /** Takes a sentence on what went wrong. */
  tell(sentence: string): void
}

/** The processes whose figures are wanted: found when they come, and let go of when they are gone. */
export class FollowedProcesses {
  readonly #following: Following
  readonly #pods = new PodNames()
  readonly #room = new Room(MAX_ROWS)
  readonly #sightings = new Map<number, Sighting>()
  /** The processes that are gone, and whose figures are still given. */
  readonly #gone = new Set<FollowedProcess>()
  readonly #kernel: KernelCounts | undefined
  readonly #unclaimed = new Unclaimed()
  #timer: NodeJS.Timeout | undefined
  #isFull = false

  constructor(following: Following) {
    this.#following = following
    const { kernel } = following.ways
    if (!(kernel instanceof Unusable))
      this.#kernel = new KernelCounts(kernel, {
        counted: (requests) => this.#counted(requests),
        tell: following.tell,
        attached: () => this.#lookAgain()
      })
    following.handlers.onChange((wanted) => {
      for (const followed of this.all()) followed.switchHandlers(wanted)
    })
  }

  /** Resolves when those that run are listened to, or counted in the kernel. */
  async start(): Promise<void> {
    this.#timer = setInterval(() => this.#look(), LOOK)
    this.#look()
    await this.#kernel?.settled
  }

  /** Resolves when processes have told what they counted last. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all([this.#kernel?.stop(), ...[...this.all()].map((followed) => followed.stop())])
  }

  /** Gives those that run, and those that have ended lately. */
  *all(): Iterable<FollowedProcess> {
    yield* this.running()
    yield* this.#gone
  }

  *running(): Iterable<FollowedProcess> {
    for (const { followed } of this.#sightings.values()) if (followed !== undefined) yield followed
  }

  /** How many processes have the probes and are not counted. */
  get unread(): number {
    let count = 0
    for (const { unread } of this.#sightings.values()) if (unread !== undefined) count++
    return count
  }

  /** Looks now into all that are to be counted in the kernel, as that may have become possible. */
  #lookAgain(): void {
    for (const sighting of this.#sightings.values()) if (sighting.isWaiting) sighting.due = 0
    this.#look()
  }

  #look(): void {
    const now = performance.now()
    this.#forgetGone(now)
    const finder = new SocketFinder()
    const seen = new Set<number>()
    const found: Found = { uncounted: [], unread: [] }
    for (const [pid, ticks] of processes()) {
      seen.add(pid)
      let sighting = this.#sightings.get(pid)
      if (sighting !== undefined && !Object.is(sighting.startTicks, ticks)) {
        this.#end(pid, sighting, now)
        sighting = undefined
      }
      if (sighting === undefined) {
        sighting = {
          startTicks: ticks,
          firstSeen: now,
          due: now,
          followed: undefined,
          unread: undefined,
          isWaiting: false,
          isUnwanted: false
        }
        this.#sightings.set(pid, sighting)
      }
      if (sighting.due > now) continue
      sighting.due = now + Math.min(LATEST, Math.max(LOOK, (now - sighting.firstSeen) / 2))
      this.#lookInto(pid, sighting, finder, found)
      if (sighting.isWaiting) sighting.due = now + LOOK
    }
    for (const [pid, sighting] of this.#sightings) {
      const { followed } = sighting
      // A process for which its parent has not waited is still there, and does not run.
      const isOver = followed !== undefined && !followed.isListenedTo && !isRunning(followed.carrier)
      if (isOver || !seen.has(pid)) this.#end(pid, sighting, now)
    }
    this.#unclaimed.forgetOld(now)
    for (const sentence of describeUnread(found.unread)) this.#following.tell(sentence)
    this.#kernel?.keep(carriersOf(this.running()), now)
    this.#kernel?.attach(found.uncounted)
  }

  #lookInto(pid: number, sighting: Sighting, finder: SocketFinder, found: Found): void {
    const carrier = carrierOf(pid, finder)
    if (carrier === undefined || !Object.is(carrier.startTicks, sighting.startTicks)) return
    if (sighting.followed === undefined) {
      sighting.isUnwanted = !this.#following.wants(carrier)
      if (sighting.isUnwanted || !this.#hasRoom()) return
      const way = this.#wayOf(carrier, sighting, found)
      if (way === undefined) return
      // Series of an earlier process with its number would be the same ones.
      for (const gone of this.#gone) if (gone.carrier.pid === pid) this.#forget(gone)
      sighting.followed = this.#follow(carrier, way)
      if (way === 'kernel')
        for (const requests of this.#unclaimed.take(pid)) sighting.followed.count(requests)
    }
    if (sighting.followed.way === 'process')
      sighting.followed.listenTo(carrier.sockets, this.#following.handlers.wanted)
  }

  /** How a process is counted; undefined if it is not, or not yet. */
  #wayOf(carrier: Carrier, sighting: Sighting, found: Found): 'process' | 'kernel' | undefined {
    const { via, kernel } = this.#following.ways
    const way = wayOf(carrier, via)
    const refusal =
      way !== 'kernel'
        ? undefined
        : kernel instanceof Unusable
          ? kernel.why
          : this.#kernel?.refusalOf(carrier)
    if (refusal !== undefined && sighting.unread === undefined)
      found.unread.push({
        carrier,
        why: via === 'kernel' ? refusal : `it offers no socket${refusal && `, and ${refusal}`}`
      })
    sighting.unread = refusal
    if (way === 'process') return way
    sighting.isWaiting = refusal === undefined
    if (refusal !== undefined || way === 'later') return undefined
    if (this.#kernel?.covers(carrier)) {
      sighting.isWaiting = false
      return 'kernel'
    }
    found.uncounted.push(carrier)
    return undefined
  }

  /** Takes requests of any process that has an addon's file to which the kernel is attached. */
  #counted(requests: CountedRequests): void {
    const { pid } = requests
    const sighting = this.#sightings.get(pid)
    const followed = sighting === undefined ? this.#goneWith(pid) : sighting.followed
    if (followed === undefined && !sighting?.isUnwanted) this.#unclaimed.add(requests)
    else if (followed?.way === 'kernel') followed.count(requests)
  }

  #goneWith(pid: number): FollowedProcess | undefined {
    for (const gone of this.#gone) if (gone.carrier.pid === pid) return gone
    return undefined
  }

  #follow(carrier: Carrier, way: FollowedProcess['way']): FollowedProcess {
    const failed = ({ message }: Problem) => {
      if (isRunning(carrier)) this.#following.tell(message)
    }
    const labels = labelsOf(carrier, this.#pods)
    return new FollowedProcess(carrier, way, labels, new ProcessFigures(this.#room), failed)
  }

  #hasRoom(): boolean {
    const isFull = [...this.running()].length >= MAX_PROCESSES
    if (isFull && !this.#isFull)
      this.#following.tell(`there are more processes than the ${MAX_PROCESSES} that are followed at most`)
    this.#isFull = isFull
    return !isFull
  }

  #end(pid: number, { followed }: Sighting, now: number): void {
    this.#sightings.delete(pid)
    if (followed === undefined) return
    followed.goneSince = now
    this.#gone.add(followed)
    void followed.stop()
  }

  #forgetGone(now: number): void {
    for (const followed of this.#gone) if (now - (followed.goneSince as number) > GONE) this.#forget(followed)
  }

  #forget(followed: FollowedProcess): void {
    this.#gone.delete(followed)
    followed.figures.clear()
  }
}

/** Every process with the time of its start; where there is no /proc, those that offer a socket. */
function processes(): [pid: number, startTicks: number][] {
  if (process.platform !== 'linux') return findCarriers().map(({ pid, startTicks }) => [pid, startTicks])
  return allPids()
    .filter((pid) => pid !== process.pid)
    .map((pid): [number, number] => [pid, startTicks(pid)])
    .filter(([, ticks]) => !Number.isNaN(ticks))
}

function* carriersOf(processes: Iterable<FollowedProcess>): Iterable<Carrier> {
  for (const { carrier, way } of processes) if (way === 'kernel') yield carrier
}

/** The most processes that a sentence names. */
const MOST_NAMED = 5

/** Sentences on processes that are not counted, one for each reason. */
function describeUnread(unread: Found['unread']): string[] {
  const byReason = new Map<string, Carrier[]>()
  for (const { carrier, why } of unread) byReason.set(why, [...(byReason.get(why) ?? []), carrier])
  return [...byReason].map(([why, carriers]) => {
    const more = carriers.length - MOST_NAMED
    const others = more > 0 ? `, and ${more} more` : ''
    return `not counted: ${titleOf(carriers.slice(0, MOST_NAMED))}${others}: ${why}`
  })
}
