import { type Printable, printable } from '../printable'

/**
 * Gives local time, as logs and clocks on the wall have it.
 *
 * @param isShort - whether it has no milliseconds
 */
export function timeOfDay(date: Date, isShort = false): Printable {
  const digits = (value: number, count: number) => String(value).padStart(count, '0')
  const milliseconds = isShort ? '' : `.${digits(date.getMilliseconds(), 3)}`
  return printable(
    `${digits(date.getHours(), 2)}:${digits(date.getMinutes(), 2)}:${digits(date.getSeconds(), 2)}${milliseconds}`
  )
}
