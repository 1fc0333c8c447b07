import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readdirSync, readlinkSync, statSync } from 'node:fs'
import { readStart } from './bounded'
import { statFields, userIdsIn, wordsOf } from './proc-text'

const KB = 1024
const MB = 1024 * KB

/** The bytes that are read of each file of /proc/PID: more than a process needs that means well. */
const LIMITS = {
  stat: 4 * KB,
  status: 16 * KB,
  cmdline: 32 * KB,
  environ: 2 * MB,
  uid_map: 64 * KB,
  cgroup: 64 * KB,
  maps: 8 * MB,
  // Sockets that listen come first in it.
  'net/tcp': 16 * MB,
  'net/tcp6': 16 * MB
} as const

export type ProcFile = keyof typeof LIMITS

/** A process carries on while we look, so that each part of it may be gone, or another user's. */
export function readProc(pid: number, name: ProcFile): string | undefined {
  try {
    return readStart(`/proc/${pid}/${name}`, LIMITS[name]).toString()
  } catch {
    return undefined
  }
}

export function allPids(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

/** The error for which we can't look, such as EACCES; undefined if we can. */
export function refusalOf(pid: number): string | undefined {
  try {
    // Reading it may take long.
    closeSync(openSync(`/proc/${pid}/maps`, 'r'))
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}

export function isRoot(): boolean {
  return process.geteuid?.() === 0
}

/** The number of processes that do not let us look, since they are other users'. */
export function countUnreadable(): number {
  // A file that root may not read is closed to everybody.
  return isRoot() ? 0 : allPids().filter((pid) => refusalOf(pid) === 'EACCES').length
}

export function isAlive(pid: number): boolean {
  if (process.platform !== 'linux') return takesSignals(pid)
  const [state] = statOf(pid) ?? []
  return state !== undefined && state !== 'Z' && state !== 'X'
}

/** The start of a process, in clock ticks after boot: tells it from another with its number. */
export function startTicks(pid: number): number {
  return Number(statOf(pid)?.[19] ?? Number.NaN)
}

/** Whether a process is there, even if it is another user's. */
function takesSignals(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The time that `ps` has, in milliseconds. */
const PS_TIMEOUT = 2000

/** The parent as `ps` tells it, where there is no /proc; on Windows there is neither. */
export function parentByPs(pid: number): number {
  try {
    const ps = ['-o', 'ppid=', '-p', String(pid)]
    return Number(execFileSync('ps', ps, { stdio: ['ignore', 'pipe', 'ignore'], timeout: PS_TIMEOUT }))
  } catch {
    return 0
  }
}

/** Whether it was stopped, by a signal as Ctrl-Z sends it, or by a debugger. */
export function isStopped(pid: number): boolean {
  return /^[Tt]$/.test(statOf(pid)?.[0] ?? '')
}

/** The process that started it, or has taken its place; 0 if that can't be seen. */
export function parentOf(pid: number): number {
  if (process.platform !== 'linux') return parentByPs(pid)
  return Number(statOf(pid)?.[1] ?? 0)
}

function statOf(pid: number): string[] | undefined {
  const stat = readProc(pid, 'stat')
  return stat === undefined ? undefined : statFields(stat)
}

/** Linux shows ticks of a hundredth of a second on every platform that Node runs on. */
const TICKS_A_SECOND = 100

export function uptimeOf(pid: number): number {
  const [sinceBoot] = readStart('/proc/uptime', 100).toString().split(' ')
  return Math.max(0, Number(sinceBoot) - startTicks(pid) / TICKS_A_SECOND)
}

/** The environment as it was when the process started. */
export function environmentOf(pid: number): NodeJS.ProcessEnv {
  const environment = readProc(pid, 'environ') ?? ''
  return Object.fromEntries(
    environment.split('\0').map((line) => {
      const end = line.indexOf('=')
      return [line.slice(0, end), line.slice(end + 1)]
    })
  )
}

/** Whether there is such a file, as it is called in the folder in which the process runs. */
export function hasFile(pid: number, file: string): boolean {
  return existsSync(`/proc/${pid}/cwd/${file}`)
}

/** The beginning of its command line, as far as LIMITS has it: a process may show any number of arguments. */
export function commandOf(pid: number): string[] {
  return wordsOf(readProc(pid, 'cmdline') ?? '')
}

export function cwdOf(pid: number): string | undefined {
  return linkOf(pid, 'cwd')
}

/** The path of its program, as it is seen from the process. */
export function programOf(pid: number): string | undefined {
  return linkOf(pid, 'exe')
}

/** Tells its program from every other: device and inode. */
export function programInode(pid: number): string | undefined {
  try {
    const { dev, ino } = statSync(`/proc/${pid}/exe`, { bigint: true })
    return `${dev} ${ino}`
  } catch {
    return undefined
  }
}

/** Its real, effective, saved and file system user. The owner of its folder in /proc can be another one. */
export function userIdsOf(pid: number): number[] | undefined {
  return userIdsIn(readProc(pid, 'status') ?? '')
}

function linkOf(pid: number, name: 'cwd' | 'exe'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/${name}`)
  } catch {
    return undefined
  }
}
