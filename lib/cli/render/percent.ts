import { line, type Printable } from '../printable'

/** A part of 1, in percent. */
export function percent(part: number): Printable {
  return line`${Math.round(part * 100)} %`
}
