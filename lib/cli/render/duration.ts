import { line, type Printable, printable } from '../printable'

const UNITS = [
  { ns: 1e9, name: 's' },
  { ns: 1e6, name: 'ms' },
  { ns: 1e3, name: 'µs' }
] as const

/** A duration in three figures and a unit: 251 ms, 1.50 s, 12.3 µs. */
export function duration(ns: number): Printable {
  const unit = UNITS.find((candidate) => ns >= candidate.ns * 0.9995) ?? UNITS[2]
  const value = ns / unit.ns
  const digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
  return printable(`${value.toFixed(digits)} ${unit.name}`)
}

/** The time for which something has been running: 45s, 12m, 3h20m, 5d. */
export function age(seconds: number): Printable {
  if (seconds < 60) return line`${Math.floor(seconds)}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return line`${minutes}m`
  const hours = Math.floor(minutes / 60)
  const rest = printable(String(minutes % 60).padStart(2, '0'))
  return hours < 48 ? line`${hours}h${rest}m` : line`${Math.floor(hours / 24)}d`
}
