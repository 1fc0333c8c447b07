import { isIP } from 'node:net'
import { usageProblem } from '../problem'

/** Reads the values of the options that only `export` takes. */

/** An address to listen at. */
export interface ListenAddress {
  host: string
  port: number
}

/** This port is not one that exporters of Prometheus usually have. */
export const DEFAULT_ADDRESS: ListenAddress = { host: '127.0.0.1', port: 9469 }

/** The time between two pushes, in seconds. */
export const DEFAULT_INTERVAL = 15

const EXAMPLES = 'such as 9469, 0.0.0.0:9469 or [::1]:9469'

/** @throws Problem for what is no address */
export function readListen(text: string): ListenAddress {
  const [, bracketed, plain, digits = ''] = /^(?:(?:\[([^\]]*)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain ?? DEFAULT_ADDRESS.host
  const port = Number(digits)
  const isAddress = bracketed === undefined ? isIP(host) === 4 || host === 'localhost' : isIP(host) === 6
  if (digits === '' || port > 65535 || !isAddress)
    throw usageProblem(`--listen takes [ADDRESS:]PORT, ${EXAMPLES}, not "${text}"`, 'export')
  return { host, port }
}

const PATH = '/v1/metrics'

/**
 * Reads where to push to, as OTEL_EXPORTER_OTLP_ENDPOINT has it: the path of metrics is added where it is missing.
 *
 * @throws Problem for what is no URL of HTTP, or has a password in it
 */
export function readOtlp(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:'
  // Without a scheme, as in user:password@host, a password is not parsed as one, and must not be repeated either.
  if (isHttp ? url.username !== '' || url.password !== '' : text.includes('@'))
    throw usageProblem(
      '--otlp takes a URL without a password, since every user here can read a command line. Headers can be secret: OTEL_EXPORTER_OTLP_HEADERS=authorization=Basic%20…',
      'export'
    )
  if (!isHttp)
    throw usageProblem(`--otlp takes a URL, such as http://127.0.0.1:4318, not "${text}"`, 'export')
  if (!url.pathname.endsWith(PATH)) url.pathname = url.pathname.replace(/\/$/, '') + PATH
  return url
}

/** @throws Problem for what is no time */
export function readHandlersFor(text: string): number {
  const ms = readTime(text)
  if (ms === undefined)
    throw usageProblem(
      `--handlers-for takes a time of up to 24 days, such as 90s, 10m or 1h30m, not "${text}"`,
      'export'
    )
  return ms
}

/** The longest time that a timer of Node's takes, in milliseconds. */
const LONGEST_TIME = 2 ** 31 - 1

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/**
 * Reads a time such as `90s`, `10m` or `1h30m`, as Prometheus writes them.
 *
 * @returns milliseconds; undefined for what is none, or longer than 24 days
 */
export function readTime(text: string): number | undefined {
  if (!/^(?:\d{1,10}(?:ms|s|m|h|d))+$/.test(text)) return undefined
  let sum = 0
  for (const [, number, unit] of text.matchAll(/(\d+)(ms|s|m|h|d)/g))
    sum += Number(number) * UNITS[unit as keyof typeof UNITS]
  return sum > 0 && sum <= LONGEST_TIME ? sum : undefined
}
