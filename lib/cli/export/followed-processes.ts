import { type Carrier, isRunning } from '../processes/carriers'
import { PodNames } from '../processes/container'
import { carriersOf, findCarriers } from '../processes/guarded'
import { allPids, startTicks } from '../processes/proc'
import { processesTitle } from '../render/processes'
import type { CountedRequests } from '../sources/bpftrace/counts-attachment'
import { type Followed, FollowedProcess } from './followed-process'
import type { HandlersSwitch } from './handlers-switch'
import { KernelCounts } from './kernel-counts'
import { labelsOf } from './labels'
import { ProcessFigures } from './process-figures'
import { Room, Share } from './room'
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

/** The most bytes of the text of all figures. It is made at once, and Prometheus has ten seconds for it. */
const MAX_TEXT = 200_000_000

/** The most processes that are followed; those of one user are half of them at most. */
const MAX_PROCESSES = 4000

/** The most processes that are gone and still remembered. */
const MAX_GONE = 1000

/** The most memory, in bytes, for what processes tell. */
const MAX_TOLD = 512_000_000

/** The most sentences in a minute on processes that can't be listened to. */
const MAX_SENTENCES = 10

/** A process of this machine, whether it is followed or not. */
class Sighting {
  /** The time at which it is to be looked into next, by `performance.now()`. */
  due: number
  followed: FollowedProcess | undefined
  /** Why it is not counted, though it has the probes. */
  unread: string | undefined
  /** Whether it is looked into soon, as it may be counted in the kernel by then. */
  isWaiting = false
  /** Whether it has been looked into, and nobody wants its figures. */
  isUnwanted = false

  constructor(
    readonly startTicks: number,
    readonly firstSeen: number
  ) {
    this.due = firstSeen
  }
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
  readonly #text = new Room(MAX_TEXT)
  readonly #told = new Room(MAX_TOLD)
  readonly #processes = new Room(MAX_PROCESSES)
  readonly #sightings = new Map<number, Sighting>()
  /** The processes that are gone, and whose figures are still given. */
  readonly #gone = new Set<FollowedProcess>()
  readonly #kernel: KernelCounts | undefined
  readonly #unclaimed = new Unclaimed()
  #timer: NodeJS.Timeout | undefined
  /** The users of whom it was said that there is no room for more of their processes. */
  readonly #crowded = new Set<number>()
  /** When sentences on processes that can't be listened to were last said, in milliseconds of `performance.now()`. */
  #sentences: number[] = []

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

  /** The number of processes that have the probes and are not counted. */
  get unread(): number {
    let count = 0
    for (const { unread } of this.#sightings.values()) if (unread !== undefined) count++
    return count + this.#uncovered().length
  }

  /** Processes that were counted in the kernel, and are not now, since their bpftrace has ended. */
  #uncovered(): Carrier[] {
    return [...countedInKernel(this.running())].filter((carrier) => this.#kernel?.covers(carrier) === false)
  }

  /** Looks now into all that are to be counted in the kernel, as that may have become possible. */
  #lookAgain(): void {
    for (const sighting of this.#sightings.values()) if (sighting.isWaiting) sighting.due = 0
    this.#look()
  }

  #look(): void {
    const now = performance.now()
    this.#forgetGone(now)
    const running = processes()
    const due = running.filter(([pid, ticks]) => this.#isDue(pid, ticks, now)).map(([pid]) => pid)
    const found: Found = { uncounted: [], unread: [] }
    for (const carrier of carriersOf(due)) this.#found(carrier, found, now)
    const seen = new Set(running.map(([pid]) => pid))
    for (const [pid, sighting] of this.#sightings) {
      const { followed } = sighting
      // A process for which its parent has not waited is still there, and does not run.
      const isOver = followed !== undefined && !followed.isListenedTo && !isRunning(followed.carrier)
      if (isOver || !seen.has(pid)) this.#end(pid, sighting, now)
    }
    this.#unclaimed.forgetOld(now)
    for (const sentence of describeUnread(found.unread)) this.#tellOfOne(sentence)
    this.#kernel?.keep(countedInKernel(this.running()), now)
    this.#kernel?.attach([...found.uncounted, ...this.#uncovered()])
  }

  /** Whether a process is to be looked into now. */
  #isDue(pid: number, ticks: number, now: number): boolean {
    let sighting = this.#sightings.get(pid)
    if (sighting !== undefined && !Object.is(sighting.startTicks, ticks)) {
      this.#end(pid, sighting, now)
      sighting = undefined
    }
    if (sighting === undefined) {
      sighting = new Sighting(ticks, now)
      this.#sightings.set(pid, sighting)
    }
    if (sighting.due > now) return false
    sighting.due = now + Math.min(LATEST, Math.max(LOOK, (now - sighting.firstSeen) / 2))
    return true
  }

  #found(carrier: Carrier, found: Found, now: number): void {
    const { pid, startTicks, sockets } = carrier
    const sighting = this.#sightings.get(pid)
    if (sighting === undefined || !Object.is(startTicks, sighting.startTicks)) return
    if (sighting.followed === undefined) {
      sighting.isUnwanted = !this.#following.wants(carrier)
      if (sighting.isUnwanted) return
      const way = this.#wayOf(carrier, sighting, found)
      if (sighting.isWaiting) sighting.due = now + LOOK
      if (way === undefined || !this.#hasRoom(carrier)) return
      // Series of an earlier process with its number would be the same ones.
      for (const gone of this.#gone) if (gone.carrier.pid === pid) this.#forget(gone)
      sighting.followed = this.#follow(carrier, way)
      if (way === 'kernel')
        for (const requests of this.#unclaimed.take(pid)) sighting.followed.count(requests)
    }
    if (sighting.followed.way === 'process')
      sighting.followed.listenTo(sockets, this.#following.handlers.wanted)
  }

  /** How a process is counted; undefined if it is not, or not yet. */
  #wayOf(carrier: Carrier, sighting: Sighting, found: Found): Followed['way'] | undefined {
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
    sighting.isWaiting = way !== 'process' && refusal === undefined
    if (way === 'process') return way
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
    if (followed?.way === 'kernel') followed.count(requests)
    else if (followed === undefined && !sighting?.isUnwanted && !this.#unclaimed.add(requests))
      this.#tellOfOne(`requests of process ${pid} were not counted: there were too many before it was found`)
  }

  #goneWith(pid: number): FollowedProcess | undefined {
    for (const gone of this.#gone) if (gone.carrier.pid === pid) return gone
    return undefined
  }

  #follow(carrier: Carrier, way: Followed['way']): FollowedProcess {
    const labels = labelsOf(carrier, this.#pods)
    const { id } = carrier.user
    return new FollowedProcess({
      carrier,
      way,
      labels,
      figures: new ProcessFigures(new Share(this.#text, id), labels),
      told: new Share(this.#told, id),
      failed: ({ message }) => {
        if (isRunning(carrier)) this.#tellOfOne(message)
      }
    })
  }

  /** Says something of one process, unless that was done of many others lately: any number of them can be started. */
  #tellOfOne(sentence: string): void {
    const now = performance.now()
    this.#sentences = this.#sentences.filter((said) => now - said < 60_000)
    if (this.#sentences.length >= MAX_SENTENCES) return
    this.#sentences.push(now)
    this.#following.tell(sentence)
  }

  #hasRoom({ user: { id, name } }: Carrier): boolean {
    if (this.#processes.take(id, 1)) {
      this.#crowded.delete(id)
      return true
    }
    if (!this.#crowded.has(id)) {
      this.#crowded.add(id)
      this.#following.tell(`there are more processes of ${name} than can be followed`)
    }
    return false
  }

  #end(pid: number, { followed }: Sighting, now: number): void {
    this.#sightings.delete(pid)
    if (followed === undefined) return
    this.#processes.giveBack(followed.carrier.user.id, 1)
    followed.goneSince = now
    this.#gone.add(followed)
    void followed.stop()
    const [oldest] = this.#gone
    if (oldest !== undefined && this.#gone.size > MAX_GONE) this.#forget(oldest)
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

function* countedInKernel(processes: Iterable<FollowedProcess>): Iterable<Carrier> {
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
    return `not counted: ${processesTitle(carriers.slice(0, MOST_NAMED))}${others}: ${why}`
  })
}
