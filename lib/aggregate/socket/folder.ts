import { chmodSync, lstatSync, mkdirSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/**
 * The folders below which sockets may lie: the first that can be written to has a folder for each user. The
 * last is for containers whose root file system can't be written to.
 */
export function baseFolders(env: NodeJS.ProcessEnv = process.env): string[] {
  const { XDG_RUNTIME_DIR: runtime } = env
  const folders = [temporary(env), ...(runtime ? [runtime] : []), '/tmp', '/dev/shm']
  return [...new Set(folders.filter((folder) => path.isAbsolute(folder)))]
}

/**
 * The temporary folder by the rules of `os.tmpdir()`, which are here applied to another process's
 * environment too.
 */
function temporary(env: NodeJS.ProcessEnv): string {
  if (env === process.env) return os.tmpdir()
  const { TMPDIR, TMP, TEMP } = env
  return (TMPDIR || TMP || TEMP || '/tmp').replace(/(.)\/$/, '$1')
}

export function folderName(uid: number): string {
  return `restify-probes-${uid}`
}

/**
 * Makes the user's folder, or takes the one that is there if it is the user's own, and closes it to others.
 *
 * @throws Error that says why it can't be used
 */
export function prepareFolder(base: string, uid: number): string {
  const folder = path.join(base, folderName(uid))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const stats = lstatSync(folder)
  if (!stats.isDirectory()) throw new Error(`${folder} is no folder`)
  if (stats.uid !== uid) throw new Error(`${folder} is another user's`)
  // An odd umask, or somebody's hand, can have made it so.
  if ((stats.mode & 0o777) !== 0o700) chmodSync(folder, 0o700)
  return folder
}

/** A socket's file says whose it is: `4711-123456.sock`, or `4711-123456-2.sock` for a thread. */
export interface SocketName {
  pid: number
  /** The start of the process, which tells it from another of its pid. */
  start: number
  thread: number
}

/** @param copy - counted up where a thread has more sockets than one: of releases that can't share */
export function fileName({ pid, start, thread }: SocketName, copy = 0): string {
  const parts = [pid, start, ...(thread > 0 || copy > 0 ? [thread] : []), ...(copy > 0 ? [copy] : [])]
  return `${parts.join('-')}.sock`
}

export function readFileName(name: string): SocketName | undefined {
  const [, pid, start, thread = '0'] =
    /^(\d{1,10})-(\d{1,16})(?:-(\d{1,10})(?:-\d{1,3})?)?\.sock$/.exec(name) ?? []
  return pid === undefined ? undefined : { pid: Number(pid), start: Number(start), thread: Number(thread) }
}

/** The most bytes of a socket's address; Node cuts what is longer without a word. */
const MAX_PATH = process.platform === 'linux' ? 107 : 103

export function fits(file: string): boolean {
  return Buffer.byteLength(file) <= MAX_PATH
}

/** The separator of paths tells it, since apps' tests set process.platform to that of other systems. */
export const WINDOWS = path.sep === '\\'

/** Windows has a space of names for pipes. */
export const PIPES = '\\\\.\\pipe\\'
export const PIPE_PREFIX = 'restify-probes-'
