import { Problem } from '../../problem'
import { Malformed, parseJson } from '../checked-json'
import type { Address } from './address'
import { readRefusal, readVector, type Sample } from './reading'

/** The time in milliseconds after which a query is given up, by the server too. */
const PATIENCE = 60_000

/** The longest answer that is read, in bytes: fifty routes of twenty handlers each make 200,000. */
const MAX_ANSWER = 16_000_000

/** Asks a Prometheus, or whatever has its HTTP API, and takes no more of an answer than it has room for. */
export class PrometheusClient {
  readonly #address: Address
  readonly #patience: number
  readonly #over = new AbortController()

  constructor(address: Address, patience = PATIENCE) {
    this.#address = address
    this.#patience = patience
  }

  /**
   * The value of an expression.
   *
   * @param timeMs - when, in milliseconds since 1970; now unless given
   * @throws Problem that says why there is none, and what to do about it
   */
  async query(expression: string, timeMs?: number): Promise<Sample[]> {
    const asked = new URLSearchParams({ query: expression, timeout: `${this.#patience / 1000}s` })
    if (timeMs !== undefined) asked.set('time', String(timeMs / 1000))
    const { status, body, location } = await this.#get(`api/v1/query?${asked}`)
    try {
      const answer = parseJson(body)
      if (status === 200) return readVector(answer)
      throw this.#refused(status, readRefusal(answer))
    } catch (error) {
      if (error instanceof Malformed) throw this.#strange(status, location)
      throw error
    }
  }

  /** Gives up what is asked at the moment, and all that is asked later. */
  close(): void {
    this.#over.abort()
  }

  async #get(path: string): Promise<{ status: number; body: string; location: string | null }> {
    const { base, authorization } = this.#address
    try {
      const response = await fetch(base + path, {
        headers: { accept: 'application/json', ...(authorization === undefined ? {} : { authorization }) },
        // A login page answers too, but not what was asked.
        redirect: 'manual',
        signal: AbortSignal.any([this.#over.signal, AbortSignal.timeout(this.#patience)])
      })
      const { status } = response
      return { status, body: await this.#bodyOf(response), location: response.headers.get('location') }
    } catch (error) {
      if (error instanceof Problem) throw error
      throw this.#unreachable(error as Error)
    }
  }

  async #bodyOf(response: Response): Promise<string> {
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length
      if (bytes > MAX_ANSWER)
        throw new Problem(
          `Prometheus at ${this.#address.shown} answers with more than ${MAX_ANSWER / 1e6} MB`,
          ['Fewer series make a shorter answer: --match \'job="shop"\', --route or --routes.']
        )
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  }

  #unreachable({ name, message, cause }: Error): Problem {
    const { shown } = this.#address
    if (name === 'TimeoutError')
      return new Problem(`Prometheus at ${shown} did not answer within ${this.#patience / 1000} s`, [
        'Fewer series are faster: --match \'job="shop"\', --route, --routes or a shorter --interval.'
      ])
    const { code, message: reason } = (cause ?? {}) as { code?: string; message?: string }
    return new Problem(`Prometheus at ${shown} can't be reached: ${code ?? reason ?? message}`, [
      'Is it running, and is this the address that a browser would show it by?'
    ])
  }

  #refused(status: number, { type, message }: { type: string; message: string }): Problem {
    const { shown } = this.#address
    if (type === 'bad_data')
      return new Problem(`Prometheus at ${shown} does not understand what is asked: ${message}`, [
        'If the mistake is in --match or --route, correct it there.'
      ])
    return new Problem(`Prometheus at ${shown} gives no answer (${status} ${type}): ${message}`, [
      'Fewer series are less work: --match \'job="shop"\', --route, --routes or a shorter --interval.'
    ])
  }

  #strange(status: number, location: string | null): Problem {
    const { shown, authorization } = this.#address
    if (status === 401 || status === 403)
      return new Problem(
        `${shown} ${authorization === undefined ? 'wants a user name and a password' : 'refuses this user name and password'} (status ${status})`,
        ['Give them in the address: --prometheus https://USER:PASSWORD@HOST']
      )
    if (status >= 300 && status < 400)
      return new Problem(
        `${shown} sends elsewhere${location === null ? '' : `: ${location.slice(0, 200)}`}`,
        [
          'If that is the server, give its address, without the page. If it is a login, give an address without one.'
        ]
      )
    return new Problem(`${shown} does not answer as Prometheus does (status ${status})`, [
      'Give what stands before /graph or /query in a browser. Mimir and others add a path, such as /prometheus.'
    ])
  }
}
