import { performance } from 'node:perf_hooks'

/** Whether series of handlers are wanted: `true`, `false`, or for a time from now on, such as `'10m'`. */
export type Shown = boolean | string

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000 }

/** The values of {@link Shown}, as they are described to whoever gave something else. */
export const SHOWN_TAKES = "true, false, or a time such as '90s', '10m' or '2h'"

/**
 * Whether series of handlers are given at this moment: they are most of all series, and can be left
 * out until wanted.
 */
export class HandlersShown {
  /** The end of the time in which they are shown, by `performance.now()`. */
  #until: number

  constructor(shown: Shown) {
    this.#until = untilOf(shown)
  }

  /** @throws TypeError for what is no {@link Shown} */
  set(shown: Shown): void {
    this.#until = untilOf(shown)
  }

  get now(): boolean {
    return performance.now() < this.#until
  }

  /** Tells how it stands, in words: `on for 90 s`. */
  describe(): string {
    if (!this.now) return 'off'
    if (this.#until === Number.POSITIVE_INFINITY) return 'on'
    return `on for ${Math.ceil((this.#until - performance.now()) / 1000)} s`
  }
}

/** The milliseconds of a time such as `10m`; undefined for what is no time. */
export function readTime(text: string): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([smh])$/.exec(text) ?? []
  return number === undefined || unit === undefined ? undefined : Number(number) * (UNITS[unit] as number)
}

export function isShown(value: unknown): value is Shown {
  return typeof value === 'boolean' || (typeof value === 'string' && readTime(value) !== undefined)
}

function untilOf(shown: Shown): number {
  if (shown === true) return Number.POSITIVE_INFINITY
  if (shown === false) return 0
  return performance.now() + (readTime(shown) as number)
}
