import { readFileSync } from 'node:fs'

/**
 * The time at which this process began: on Linux in clock ticks after boot, elsewhere in milliseconds since 1970. With the pid it
 * names a process for good, as pids come again.
 */
export function ownStart(): number {
  if (process.platform === 'linux') {
    try {
      const start = startOf(readFileSync('/proc/self/stat', 'utf8'))
      if (start !== undefined) return start
    } catch {}
  }
  return Math.round(Date.now() - process.uptime() * 1000)
}

/** @param stat - the text of a /proc/PID/stat */
function startOf(stat: string): number | undefined {
  // The command's name, in brackets, may hold spaces and brackets itself.
  const start = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
  return Number.isFinite(start) ? start : undefined
}
