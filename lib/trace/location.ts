import type { Name } from '../provider/names'

/**
 * The place where a handler's function was written, `file:line` (contract rule 13). It is found out
 * later than it is first asked for.
 */
export class Location {
  /** @param name - its text is `file:line`; empty while or where that is not known */
  constructor(public name: Name) {}
}
