import { statSync } from 'node:fs'
import { addonsIn, type Mapping } from './maps'
import { allPids, commandOf, isAlive, readProc, uptimeOf } from './proc'
import { readSemaphores } from './semaphores'
import { type OfferedSocket, SocketFinder } from './sockets'

/** A process that has the provider in it, or offers a socket to commands. */
export interface Carrier {
  pid: number
  uptimeSeconds: number
  command: string[]
  /** Copies of the addon; more than one only where releases that can't share met. */
  addons: Addon[]
  /** One for each thread that has an app. */
  sockets: OfferedSocket[]
}

export interface Addon extends Mapping {
  /** Where we, and the kernel for us, can open it. */
  file: string
}

/** Every process of this machine that carries the provider and lets us look, by pid. */
export function findCarriers(): Carrier[] {
  if (process.platform !== 'linux') return findBySocket()
  const finder = new SocketFinder()
  return allPids()
    .sort((a, b) => a - b)
    .map((pid) => carrierOf(pid, finder))
    .filter((carrier) => carrier !== undefined)
}

/** Where there is no /proc: what those processes are they tell themselves. */
function findBySocket(): Carrier[] {
  return [...new SocketFinder().all()]
    .filter(([pid]) => isAlive(pid))
    .map(([pid, sockets]) => ({ pid, uptimeSeconds: 0, command: [], addons: [], sockets }))
    .sort((a, b) => a.pid - b.pid)
}

export function carrierOf(pid: number, finder = new SocketFinder()): Carrier | undefined {
  if (process.platform !== 'linux') return findBySocket().find((carrier) => carrier.pid === pid)
  const mappings = addonsIn(readProc(pid, 'maps') ?? '')
  const sockets = finder.of(pid)
  if (mappings.length === 0 && sockets.length === 0) return undefined
  try {
    return {
      pid,
      uptimeSeconds: uptimeOf(pid),
      command: commandOf(pid),
      addons: mappings.map((mapping) => ({ ...mapping, file: fileOf(pid, mapping) })),
      sockets
    }
  } catch {
    return undefined
  }
}

/** How many tracers there are on each probe of each copy; undefined if that can't be seen. */
export function tracersOn({ pid, addons }: Carrier): number[] | undefined {
  const counts = addons.map((addon) => readSemaphores(pid, addon, addon.file))
  return counts.includes(undefined) ? undefined : (counts as number[][]).flat()
}

/** Whether anybody listens to any probe. */
export function isTraced(carrier: Carrier): boolean | undefined {
  return tracersOn(carrier)?.some((count) => count > 0)
}

// bpftrace takes a colon and a star for its own, a quote for the end, and a comma for the next probe.
const PLAIN_PATH = /^[\w./@+~=-]+$/

/** By its own path where that is the same file, through /proc in a container, by its mapping when it was deleted. */
function fileOf(pid: number, { path, inode, range }: Mapping): string {
  if (PLAIN_PATH.test(path) && inodeOf(path) === inodeNumber(inode)) return path
  return fileInside({ pid, path, inode, range })
}

/**
 * The addon's file under a path that is this process's alone. bpftrace since 0.25
 * takes another path, along with -p, for two files: itself, and the process's own.
 */
export function fileInside({
  pid,
  path,
  inode,
  range
}: Pick<Mapping, 'path' | 'inode' | 'range'> & { pid: number }): string {
  const file = `/proc/${pid}/root${path}`
  return PLAIN_PATH.test(path) && inodeOf(file) === inodeNumber(inode)
    ? file
    : `/proc/${pid}/map_files/${range}`
}

function inodeNumber(inode: string): string | undefined {
  return inode.split(' ')[1]
}

/** Without the device: some file systems, btrfs and overlayfs among them, show another one in maps. */
function inodeOf(file: string): string | undefined {
  try {
    return String(statSync(file, { bigint: true }).ino)
  } catch {
    return undefined
  }
}
