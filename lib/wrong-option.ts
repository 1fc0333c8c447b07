import { inspect } from 'node:util'

/** The error for a value that an option or a function does not take: it says what is taken, and what was given. */
export function wrong(what: string, takes: string, given: unknown): TypeError {
  return new TypeError(`${what} takes ${takes}; ${inspect(given, { depth: 0 })} was given`)
}

/**
 * Options that were given to a function, by their names.
 *
 * @throws TypeError for what is no object of options, and for an option that is not among `names`
 */
export function namedOptions(
  what: string,
  given: unknown,
  names: readonly string[]
): Record<string, unknown> {
  if (!isPlainObject(given)) throw wrong(what, 'an object of options, or nothing', given)
  for (const key of Object.keys(given)) {
    if (!names.includes(key))
      throw new TypeError(`${what} takes the options ${names.join(', ')}; '${key}' was given`)
  }
  return given
}

/** Whether a value is an object as `{}` makes one, in whichever realm. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === '[object Object]'
}
