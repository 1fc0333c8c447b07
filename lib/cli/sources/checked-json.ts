/** Reads JSON that another process wrote: whoever runs it could have written anything. */

/** A message that is not what it should be. */
export class Malformed extends Error {}

const QUOTE = 0x22
const BACKSLASH = 0x5c
/** The codes of brackets that open; a bracket that closes is two further. */
const BRACKET = 0x5b
const BRACE = 0x7b

/** The longest list that is taken. */
const MAX_ITEMS = 50_000

/** No duration, size or time is larger. Sums and bounds of buckets would become infinite beyond it. */
const MAX_NUMBER = 1e21

/** The latest time that a Date can have. */
const MAX_TIME = 8.64e15

type Fields = Record<string, unknown>

/** @throws Malformed for what is no object */
export function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Malformed()
  return value as Fields
}

/** @throws Malformed for what is no list, or a longer one than anybody has */
export function list(value: unknown): unknown[] {
  if (!Array.isArray(value) || value.length > MAX_ITEMS) throw new Malformed()
  return value
}

/** @throws Malformed for what is no string */
export function text(value: unknown): string {
  if (typeof value !== 'string') throw new Malformed()
  return value
}

/**
 * Reads a duration, a size or a time. A clock that is set back must not end it all.
 *
 * @throws Malformed for what is no number, or none that can be calculated with
 */
export function number(value: unknown): number {
  if (!isUsable(value)) throw new Malformed()
  return value
}

/** Whether it is a number with which sums and bounds can be calculated. */
export function isUsable(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= MAX_NUMBER
}

/**
 * Reads a duration, a sum of durations or a size: what is less than 0 is taken for 0, as nothing that is drawn or compared
 * with it can have less.
 *
 * @throws Malformed for what is no number, or none that can be calculated with
 */
export function notNegative(value: unknown): number {
  return Math.max(0, number(value))
}

/**
 * Reads a time in milliseconds since 1970.
 *
 * @throws Malformed for what no date can be
 */
export function time(value: unknown): number {
  const milliseconds = number(value)
  if (Math.abs(milliseconds) > MAX_TIME) throw new Malformed()
  return milliseconds
}

/** @throws Malformed for what is no whole number of 0 or more */
export function count(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Malformed()
  return value as number
}

/** The deepest nesting of lists and objects: more than any protocol of ours has. */
const MAX_DEPTH = 20

/** The longest line, in characters, that takes no time, whatever is in it. */
const SHORT = 10_000

/** @throws Malformed for what is no JSON, or so deep that its length does not tell how long it takes to read */
export function parseJson(line: string): unknown {
  if (line.length > SHORT && isDeep(line)) throw new Malformed()
  try {
    return JSON.parse(line)
  } catch {
    throw new Malformed()
  }
}

function isDeep(json: string): boolean {
  let depth = 0
  let inText = false
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (code === QUOTE) inText = !inText
    else if (inText) {
      if (code === BACKSLASH) at++
    } else if (code === BRACKET || code === BRACE) {
      if (++depth > MAX_DEPTH) return true
    } else if (code === BRACKET + 2 || code === BRACE + 2) depth--
  }
  return false
}
