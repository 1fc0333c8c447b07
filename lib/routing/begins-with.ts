/** The bit in which the two cases of a letter differ. */
const CASE_BIT = 0x20

/**
 * Whether a path begins with these characters, in either case. A few signs that differ as cases do, such as `@` and
 * a backtick, are not told apart: that is left to who matches the whole path.
 */
export function beginsWith(path: string, prefix: string): boolean {
  for (let at = 0; at < prefix.length; at++)
    if ((prefix.charCodeAt(at) | CASE_BIT) !== (path.charCodeAt(at) | CASE_BIT)) return false
  return true
}
