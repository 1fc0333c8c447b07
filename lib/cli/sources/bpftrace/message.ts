import type { Message } from './bpftrace'

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
