import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** A process carries on while we look, so that each part of it may be gone, or another user's. */
export function readProc(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
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

/** Why it does not let us look, such as EACCES; undefined if it does. */
export function refusalOf(pid: number): string | undefined {
  try {
    readFileSync(`/proc/${pid}/maps`)
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}

export function isRoot(): boolean {
  return process.geteuid?.() === 0
}

/** How many processes do not let us look: other users'. */
export function countUnreadable(): number {
  // What root may not read, nobody may.
  return isRoot() ? 0 : allPids().filter((pid) => refusalOf(pid) === 'EACCES').length
}

export function isAlive(pid: number): boolean {
  if (process.platform !== 'linux') return takesSignals(pid)
  const stat = readProc(pid, 'stat')
  return stat !== undefined && stateOf(stat) !== 'Z'
}

/** Since when it runs, in clock ticks after boot: tells a process from another with its number. */
export function startTicks(pid: number): number {
  // The command's name, in brackets, may hold spaces and brackets itself.
  return Number(
    readProc(pid, 'stat')
      ?.replace(/^.*\) /s, '')
      .split(' ')[19] ?? Number.NaN
  )
}

/** Another user's, too. */
function takesSignals(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** By a signal, as Ctrl-Z sends it, or by a debugger. */
export function isStopped(pid: number): boolean {
  const stat = readProc(pid, 'stat')
  return stat !== undefined && /^[Tt]$/.test(stateOf(stat) ?? '')
}

/** The process that started it, or has taken its place; 0 if that can't be seen. */
export function parentOf(pid: number): number {
  return Number(
    readProc(pid, 'stat')
      ?.replace(/^.*\) /s, '')
      .split(' ')[1] ?? 0
  )
}

function stateOf(stat: string): string | undefined {
  return stat.replace(/^.*\) /s, '')[0]
}

/** Linux shows ticks of a hundredth of a second on every platform that Node runs on. */
const TICKS_A_SECOND = 100

export function uptimeOf(pid: number): number {
  const [sinceBoot] = readFileSync('/proc/uptime', 'utf8').split(' ')
  return Math.max(0, Number(sinceBoot) - startTicks(pid) / TICKS_A_SECOND)
}

export function commandOf(pid: number): string[] {
  return (readProc(pid, 'cmdline') ?? '').split('\0').filter((part) => part !== '')
}

export function cwdOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}
