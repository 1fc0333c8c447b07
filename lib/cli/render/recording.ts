import { line, type Printable, printable } from '../printable'
import type { Recording } from '../recording/recording'

/** Tells what was recorded, when, and for how long. */
export function recordingTitle({ title, beganMs, endedMs, figures }: Recording): Printable {
  const seconds = Math.max(1, Math.round((endedMs - beganMs) / 1000))
  return line`${printable(title)}, ${localTime(new Date(beganMs))}, ${seconds} s, ${figures.requests()} requests`
}

/** Local time, to the second: `2026-03-01 14:05:10`. */
export function localTime(date: Date): Printable {
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return printable(`${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`)
}
