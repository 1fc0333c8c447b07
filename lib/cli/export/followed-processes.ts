import type { Problem } from '../problem'
import { type Carrier, carrierOf, findCarriers, isRunning } from '../processes/carriers'
import { PodNames } from '../processes/container'
import { allPids, startTicks } from '../processes/proc'
import { SocketFinder } from '../processes/sockets'
import { FollowedProcess } from './followed-process'
import type { HandlersSwitch } from './handlers-switch'
import { labelsOf } from './labels'
import { ProcessFigures, Room } from './process-figures'

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
}

export interface Following {
  /** Whether somebody wants the figures of this process. */
  wants(carrier: Carrier): boolean
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
  #timer: NodeJS.Timeout | undefined
  #isFull = false

  constructor(following: Following) {
    this.#following = following
    following.handlers.onChange((wanted) => {
      for (const followed of this.all()) followed.switchHandlers(wanted)
    })
  }

  start(): void {
    this.#look()
    this.#timer = setInterval(() => this.#look(), LOOK)
  }

  /** Resolves when processes have told what they counted last. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all([...this.all()].map((followed) => followed.stop()))
  }

  /** Gives those that run, and those that have ended lately. */
  *all(): Iterable<FollowedProcess> {
    yield* this.running()
    yield* this.#gone
  }

  *running(): Iterable<FollowedProcess> {
    for (const { followed } of this.#sightings.values()) if (followed !== undefined) yield followed
  }

  #look(): void {
    const now = performance.now()
    this.#forgetGone(now)
    const finder = new SocketFinder()
    const seen = new Set<number>()
    for (const [pid, ticks] of processes()) {
      seen.add(pid)
      let sighting = this.#sightings.get(pid)
      if (sighting !== undefined && !Object.is(sighting.startTicks, ticks)) {
        this.#end(pid, sighting, now)
        sighting = undefined
      }
      if (sighting === undefined) {
        sighting = { startTicks: ticks, firstSeen: now, due: now, followed: undefined }
        this.#sightings.set(pid, sighting)
      }
      if (sighting.due > now) continue
      sighting.due = now + Math.min(LATEST, Math.max(LOOK, (now - sighting.firstSeen) / 2))
      this.#lookInto(pid, sighting, finder)
    }
    for (const [pid, sighting] of this.#sightings) {
      const { followed } = sighting
      // A process for which its parent has not waited is still there, and does not run.
      const isOver = followed !== undefined && !followed.isListenedTo && !isRunning(followed.carrier)
      if (isOver || !seen.has(pid)) this.#end(pid, sighting, now)
    }
  }

  #lookInto(pid: number, sighting: Sighting, finder: SocketFinder): void {
    const carrier = carrierOf(pid, finder)
    if (carrier === undefined || !Object.is(carrier.startTicks, sighting.startTicks)) return
    if (sighting.followed === undefined) {
      if (carrier.sockets.length === 0 || !this.#following.wants(carrier) || !this.#hasRoom()) return
      // Series of an earlier process with its number would be the same ones.
      for (const gone of this.#gone) if (gone.carrier.pid === pid) this.#forget(gone)
      sighting.followed = this.#follow(carrier)
    }
    sighting.followed.listenTo(carrier.sockets, this.#following.handlers.wanted)
  }

  #follow(carrier: Carrier): FollowedProcess {
    const failed = ({ message }: Problem) => {
      if (isRunning(carrier)) this.#following.tell(message)
    }
    const labels = labelsOf(carrier, this.#pods)
    return new FollowedProcess(carrier, labels, new ProcessFigures(this.#room), failed)
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
