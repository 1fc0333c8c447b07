import { addonOf, type MappedAddon } from './addon'
import type { ProbeNote } from './elf'
import { addonsIn } from './maps'
import { allPids, commandOf, isAlive, programInode, readProc, startTicks, uptimeOf, userIdsOf } from './proc'
import { readSemaphores } from './semaphores'
import { type OfferedSocket, SocketFinder } from './sockets'
import { userName } from './users'

/** A process that has the provider in it, or offers a socket to commands. */
export interface Carrier {
  pid: number
  /** Its start, in clock ticks after boot: the system uses pids again. */
  startTicks: number
  uptimeSeconds: number
  /** The user as whom it acts. */
  user: { id: number; name: string }
  /** Its real, effective, saved and file system user. */
  userIds: readonly number[]
  /** Device and inode of its program. */
  program: string | undefined
  command: string[]
  /** Copies of the addon; more than one only where releases that can't share met. */
  addons: MappedAddon[]
  /** The sockets, one for each thread that has an app. */
  sockets: OfferedSocket[]
}

/** The processes that are not looked at. */
export interface Except {
  /** The processes, by {@link identityOf}. */
  processes: ReadonlySet<string>
  /** The users, by their numbers. */
  users: ReadonlySet<number>
}

/** Every process of this machine that carries the provider and lets us look, by pid. */
export function findCarriers(except?: Except): Carrier[] {
  return process.platform === 'linux' ? carriersOf(pidsExcept(except)) : findBySocket()
}

/** Gives those of these processes that carry the provider and let us look. */
export function carriersOf(pids: readonly number[]): Carrier[] {
  if (process.platform !== 'linux') return findBySocket().filter(({ pid }) => pids.includes(pid))
  const finder = new SocketFinder()
  return pids.map((pid) => carrierOf(pid, finder)).filter((carrier) => carrier !== undefined)
}

/** The pids of all processes but those, in order. */
export function pidsExcept(except?: Except): number[] {
  return without(
    allPids().sort((a, b) => a - b),
    except
  )
}

/** Gives these pids, without those of processes that are not looked at. */
export function without(pids: readonly number[], except?: Except): number[] {
  if (except === undefined || except.processes.size === 0) return [...pids]
  return pids.filter(
    (pid) =>
      !except.processes.has(identityOf({ pid, startTicks: startTicks(pid) })) &&
      !except.users.has(userIdsOf(pid)?.[1] as number)
  )
}

/** Tells a process from a later one with its pid. */
export function identityOf({ pid, startTicks }: Pick<Carrier, 'pid' | 'startTicks'>): string {
  return `${pid} ${startTicks}`
}

/** Finds carriers on systems without /proc, where processes themselves tell what they are. */
function findBySocket(): Carrier[] {
  return [...new SocketFinder().all()]
    .filter(([pid]) => isAlive(pid))
    .map(([pid, sockets]) => {
      const uid = sockets[0]?.uid
      // On Windows users have no numbers.
      const user = uid === undefined ? { id: Number.NaN, name: '?' } : { id: uid, name: userName(uid) }
      return { ...UNSEEN, pid, user, userIds: uid === undefined ? [] : [uid], sockets }
    })
    .sort((a, b) => a.pid - b.pid)
}

const UNSEEN = { startTicks: Number.NaN, uptimeSeconds: 0, program: undefined, command: [], addons: [] }

export function carrierOf(pid: number, finder = new SocketFinder()): Carrier | undefined {
  if (process.platform !== 'linux') return findBySocket().find((carrier) => carrier.pid === pid)
  const began = startTicks(pid)
  const mappings = addonsIn(readProc(pid, 'maps') ?? '')
  const sockets = finder.of(pid)
  if (mappings.length === 0 && sockets.length === 0) return undefined
  try {
    const userIds = userIdsOf(pid)
    if (userIds === undefined) return undefined
    const id = userIds[1] as number
    const carrier = {
      pid,
      startTicks: began,
      uptimeSeconds: uptimeOf(pid),
      user: { id, name: userName(id) },
      userIds,
      program: programInode(pid),
      command: commandOf(pid),
      addons: mappings.map((mapping) => addonOf(pid, mapping)),
      sockets
    }
    // Otherwise what was read is of two processes.
    return startTicks(pid) === began ? carrier : undefined
  } catch {
    return undefined
  }
}

/** Whether the process still runs, and no other has its pid. */
export function isRunning({ pid, startTicks: began }: Carrier): boolean {
  return Object.is(startTicks(pid), began) && isAlive(pid)
}

/** A copy of the addon that a tracer can be given. */
export type TraceableAddon = MappedAddon & { probes: ProbeNote[]; file: string }

export function traceableAddons({ addons }: Pick<Carrier, 'addons'>): TraceableAddon[] {
  return addons.filter((addon): addon is TraceableAddon => addon.probes !== undefined)
}

/** The number of tracers on each probe of each copy; undefined if that can't be seen. */
export function tracersOn(carrier: Carrier): number[] | undefined {
  const addons = traceableAddons(carrier)
  const counts = addons.map(({ base, probes }) => readSemaphores(carrier.pid, base, probes))
  return addons.length === 0 || counts.includes(undefined) ? undefined : (counts as number[][]).flat()
}

/** Whether anybody listens to any probe. */
export function isTraced(carrier: Carrier): boolean | undefined {
  return tracersOn(carrier)?.some((count) => count > 0)
}
