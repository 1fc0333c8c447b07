/** A line of `bpftrace -f json`. */
export type Message =
  /**
   * The number of probes that it attaches to. Releases up to 0.23 say so before they attach, later
   * ones after.
   */
  | { type: 'attached_probes'; data: { probes: number } }
  | { type: 'printf'; data: string }
  | { type: 'map' | 'hist'; data: Record<string, unknown> }
  | { type: 'lost_events'; data: { events: number } }
  | { type: 'helper_error'; helper: string; retcode: number }

/** A line of `bpftrace -f json`; undefined for those that are none, and for messages that nobody here takes. */
export function parseMessage(line: string): Message | undefined {
  if (!line.startsWith('{')) return undefined
  let message: unknown
  try {
    message = JSON.parse(mended(line))
  } catch {
    return undefined
  }
  return readMessage(message as Record<string, unknown>)
}

/** A message's strings come from the processes that are traced, and its numbers from their probes. */
function readMessage({ type, data, helper, retcode }: Record<string, unknown>): Message | undefined {
  switch (type) {
    case 'printf':
      return typeof data === 'string' ? { type, data } : undefined
    case 'map':
    case 'hist':
      return isObject(data) ? { type, data } : undefined
    case 'attached_probes':
      return isObject(data) && isCount(data.probes) ? { type, data: { probes: data.probes } } : undefined
    case 'lost_events':
      return isObject(data) && isCount(data.events) ? { type, data: { events: data.events } } : undefined
    case 'helper_error':
      return typeof retcode === 'number'
        ? { type, helper: typeof helper === 'string' ? helper : '', retcode }
        : undefined
    default:
      return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
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
