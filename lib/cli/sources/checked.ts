/** Reads JSON that another process wrote: whoever runs it could have written anything. */

/** What a process sent is not what it should be. */
export class Malformed extends Error {}

/** How many items of a list are taken. */
const MAX_ITEMS = 50_000

/** Beyond it there is no duration, size or time, and sums and bounds of buckets would become infinite. */
const MAX_NUMBER = 1e21

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
 * Of a duration, a size or a time. A clock that is set back must not end it all.
 *
 * @throws Malformed for what is no number, or none that can be calculated with
 */
export function number(value: unknown): number {
  if (typeof value !== 'number' || !(Math.abs(value) <= MAX_NUMBER)) throw new Malformed()
  return value
}

/** @throws Malformed for what is no whole number of 0 or more */
export function count(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Malformed()
  return value as number
}

/** @throws Malformed for what is no JSON */
export function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new Malformed()
  }
}
