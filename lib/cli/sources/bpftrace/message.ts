/** A line of `bpftrace -f json`. */
export type Message =
  /** How many probes it attaches to: said before it does so until 0.23, and afterwards since. */
  | { type: 'attached_probes'; data: { probes: number } }
  | { type: 'printf'; data: string }
  | { type: 'map' | 'hist'; data: Record<string, unknown> }
  | { type: 'lost_events'; data: { events: number } }
  | { type: 'helper_error'; helper: string; retcode: number }

/** A line of `bpftrace -f json`; undefined for those that are none. */
export function parseMessage(line: string): Message | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(mended(line)) as Message
  } catch {
    return undefined
  }
}

// One escape, or a run of the bytes that bpftrace 0.17 spells as if they were negative characters.
const ESCAPE = /(?:\\uffffff[89a-f][0-9a-f])+|\\./g

function mended(line: string): string {
  if (!line.includes('\\uffffff')) return line
  return line.replace(ESCAPE, (found) => {
    if (!found.startsWith('\\uffffff')) return found
    return Buffer.from(found.replaceAll('\\uffffff', ''), 'hex').toString()
  })
}
