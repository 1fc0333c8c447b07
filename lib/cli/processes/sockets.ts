import { lstatSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import {
  baseFolders,
  folderName,
  PIPE_PREFIX,
  PIPES,
  readFileName,
  type SocketName,
  WINDOWS
} from '../../aggregate/socket/folder'
import { environmentOf, isRoot, readProc, startTicks } from './proc'

/** The kernel takes as many lines. */
const MAX_UID_RANGES = 340

/** A socket that a process, or a thread of it, offers to commands. */
export interface OfferedSocket {
  /** The folder in which it is, as we can open it; empty on Windows. */
  folder: string
  /** The socket's name in its folder; on Windows the whole name of the pipe. */
  name: string
  /** 0 for the main thread. */
  thread: number
  /** The user to whom folder and socket belong, unless they are root's; undefined on Windows. */
  uid: number | undefined
}

/**
 * Finds the sockets that processes offer. A folder is read once, however many processes have their
 * sockets there.
 */
export class SocketFinder {
  readonly #folders = new Map<string, { name: string; of: SocketName }[]>()

  /** Gives the sockets of one process, in the order of its threads; on Linux. */
  of(pid: number): OfferedSocket[] {
    const status = readProc(pid, 'status')
    if (status === undefined) return []
    const inner = innerPid(status) ?? pid
    const start = startTicks(pid)
    const found = new Map<string, OfferedSocket>()
    const uid = effectiveUid(status)
    for (const folder of foldersOf(pid, uid)) {
      for (const { name, of } of this.#read(folder)) {
        if (of.pid === inner && of.start === start && !found.has(name))
          found.set(name, { folder, name, thread: of.thread, uid })
      }
    }
    return [...found.values()].sort((a, b) => a.thread - b.thread)
  }

  /** Gives the sockets of every process of this user, by pid; on systems without /proc. */
  all(): Map<number, OfferedSocket[]> {
    const found = new Map<number, OfferedSocket[]>()
    const add = (folder: string, name: string, file: string, uid?: number) => {
      const of = readFileName(file)
      if (of === undefined) return
      found.set(of.pid, [...(found.get(of.pid) ?? []), { folder, name, thread: of.thread, uid }])
    }
    if (WINDOWS) {
      for (const name of names(PIPES))
        if (name.startsWith(PIPE_PREFIX)) add('', PIPES + name, name.slice(PIPE_PREFIX.length))
      return found
    }
    for (const base of baseFolders()) {
      for (const uid of usersIn(base)) {
        const folder = path.join(base, folderName(uid))
        for (const name of names(folder)) add(folder, name, name, uid)
      }
    }
    return found
  }

  #read(folder: string): { name: string; of: SocketName }[] {
    let key: string
    try {
      const { dev, ino } = statSync(folder, { bigint: true })
      key = `${dev} ${ino}`
    } catch {
      return []
    }
    let found = this.#folders.get(key)
    if (found === undefined) {
      found = names(folder).flatMap((name) => {
        const of = readFileName(name)
        return of === undefined ? [] : [{ name, of }]
      })
      this.#folders.set(key, found)
    }
    return found
  }
}

/** The folders in which this user's processes have their sockets, unless somebody else has put them there. */
export function ownFolders(): string[] {
  if (WINDOWS) return []
  const uid = (process.geteuid as () => number)()
  return baseFolders()
    .map((base) => path.join(base, folderName(uid)))
    .filter((folder) => isOwnFolder(folder, uid))
}

function isOwnFolder(folder: string, uid: number): boolean {
  try {
    const stats = lstatSync(folder)
    return stats.isDirectory() && stats.uid === uid
  } catch {
    return false
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** The users whose folders may be looked into: oneself or, for root, everybody. */
function usersIn(base: string): number[] {
  if (!isRoot()) return [(process.geteuid as () => number)()]
  const prefix = folderName(0).slice(0, -1)
  return names(base)
    .filter((name) => name.startsWith(prefix) && /^\d{1,10}$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
}

/**
 * The folders in which a process may have put its sockets, as seen from here: in a container, through
 * its root.
 */
function foldersOf(pid: number, uid: number): string[] {
  // The process may have set its environment to anything, and joining paths takes account of dots.
  const bases = baseFolders(environmentOf(pid)).filter((base) => !base.split('/').includes('..'))
  const own = [...folderNames(pid, uid)]
  // Where its root may not be looked into, its own /tmp may be ours.
  return [`/proc/${pid}/root`, ''].flatMap((root) =>
    bases.flatMap((base) => own.map((name) => path.join(root, base, name)))
  )
}

function effectiveUid(status: string): number {
  return Number(/^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN)
}

/**
 * The names of the folder of a process: by the number that its user has here, by the one that he has in its
 * own user namespace, and root's, which it may have given up.
 */
function folderNames(pid: number, uid: number): Set<string> {
  const found = new Set([folderName(uid), folderName(0)])
  for (const line of (readProc(pid, 'uid_map') ?? '').split('\n').slice(0, MAX_UID_RANGES)) {
    const [inside = Number.NaN, outside = Number.NaN, count = 0] = line.trim().split(/\s+/).map(Number)
    if (uid >= outside && uid < outside + count) found.add(folderName(inside + uid - outside))
  }
  return found
}

/** The pid in the process's own pid namespace. */
function innerPid(status: string): number | undefined {
  const pid = /^NSpid:.*?(\d+)$/m.exec(status)?.[1]
  return pid === undefined ? undefined : Number(pid)
}
