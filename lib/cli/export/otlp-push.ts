import http from 'node:http'
import https from 'node:https'
import { OTLP_TYPE } from '../../metrics/opentelemetry/otlp'
import { usageProblem } from '../problem'

/**
 * The time that a receiver has for a request, in milliseconds, and for the last one, for which somebody
 * waits.
 */
const PATIENCE = 10_000
const PATIENCE_AT_END = 3000

/** The most characters that are read, and told, of a receiver's reason for a refusal. */
const MAX_REASON = 200

/** The most characters of an answer that are waited for. */
const MAX_ANSWER = 100_000

export interface PushOptions {
  url: URL
  /** The time between two requests, in milliseconds. */
  interval: number
  /** The headers of each request. */
  headers: Record<string, string>
  /** Gives what is to be sent, as it is at this moment. */
  body(): Buffer
  /** Takes a sentence on what went wrong, or goes well again. */
  tell(sentence: string): void
}

/**
 * Sends figures to a receiver of OTLP, once in an interval. What could not be sent is not kept: counts are cumulative, so
 * that the next request has it all.
 */
export class OtlpPush {
  readonly #options: PushOptions
  readonly #agent: http.Agent
  #timer: NodeJS.Timeout | undefined
  #sending: Promise<void> | undefined
  /** Aborts the request that is still under way at the end. */
  readonly #ending = new AbortController()
  /** The number of requests in a row that have failed. */
  #failures = 0

  constructor(options: PushOptions) {
    this.#options = options
    const { Agent } = options.url.protocol === 'https:' ? https : http
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1 })
  }

  start(): void {
    this.#timer = setInterval(() => this.#next(), this.#options.interval)
  }

  /** Sends what was counted last. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#ending.abort()
    await this.#sending
    await this.#send(AbortSignal.timeout(PATIENCE_AT_END))
    this.#agent.destroy()
  }

  #next(): void {
    // Requests go one at a time, however slow the receiver is.
    const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(PATIENCE)])
    this.#sending ??= this.#send(signal).finally(() => {
      this.#sending = undefined
    })
  }

  async #send(signal: AbortSignal): Promise<void> {
    const { url, tell } = this.#options
    try {
      await this.#request(signal)
      if (this.#failures > 0) tell(`${url.host} takes figures again, after ${this.#failures} failures`)
      this.#failures = 0
    } catch (error) {
      // A receiver may be gone for hours, of which one sentence tells enough.
      if (this.#failures++ === 0)
        tell(`figures could not be sent to ${url.host}: ${(error as Error).message}`)
    }
  }

  #request(signal: AbortSignal): Promise<void> {
    const { url, headers, body } = this.#options
    const content = body()
    return new Promise((resolve, reject) => {
      const request = (url.protocol === 'https:' ? https : http).request(url, {
        method: 'POST',
        agent: this.#agent,
        headers: { ...headers, 'content-type': OTLP_TYPE, 'content-length': content.length },
        signal
      })
      request.on('error', (error) =>
        reject(error.name === 'TimeoutError' || error.name === 'AbortError' ? noAnswer() : error)
      )
      // Node ends the connection, and says no more, where a receiver wants to speak another protocol.
      request.on('close', () => reject(new Error('it has ended the connection without an answer')))
      request.on('response', (response) => {
        let reason = ''
        let length = 0
        const answered = () => {
          const status = response.statusCode ?? 0
          if (status >= 200 && status < 300) resolve()
          else reject(new Error(`it answers ${status} ${reason.trim()}`.trim()))
        }
        response.setEncoding('utf8').on('data', (text: string) => {
          reason = (reason + text).slice(0, MAX_REASON)
          length += text.length
          if (length <= MAX_ANSWER) return
          answered()
          response.destroy()
        })
        response.on('error', () => reject(noAnswer()))
        response.on('end', answered)
      })
      request.end(content)
    })
  }
}

function noAnswer(): Error {
  return new Error('it does not answer in time')
}

/**
 * Reads OTEL_EXPORTER_OTLP_HEADERS: `name=value,name=value`, values with percent signs as in URLs.
 *
 * @throws Problem for what is none
 */
export function readHeaderList(text: string): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const pair of text.split(',').filter((part) => part.trim() !== '')) {
    const at = pair.indexOf('=')
    const name = pair.slice(0, Math.max(0, at)).trim()
    try {
      const value = decodeURIComponent(pair.slice(at + 1).trim())
      http.validateHeaderName(name)
      http.validateHeaderValue(name, value)
      headers[name] = value
    } catch {
      // The value may be a secret.
      throw usageProblem('OTEL_EXPORTER_OTLP_HEADERS takes name=value,name=value', 'export')
    }
  }
  return headers
}
