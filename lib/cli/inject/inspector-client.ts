import http from 'node:http'
import net from 'node:net'
import type { Endpoint } from '../processes/listening'
import { WebSocketClient } from './websocket'

/** The time that the inspector has for each of its answers, in milliseconds. */
const PATIENCE = 2000

/** The longest list of targets that is read, in bytes. */
const MAX_LIST = 64 * 1024

/**
 * The inspector of a process, at a port that was seen to be that process's: what the process answers never leads to
 * another place.
 */
export class Inspector {
  readonly #client: WebSocketClient

  /** @throws Error where no inspector answers there */
  static async connect(endpoint: Endpoint): Promise<Inspector> {
    const target = await targetAt(endpoint)
    const socket = net.connect(endpoint)
    socket.setNoDelay(true)
    const client = await within(PATIENCE, WebSocketClient.open(socket, hostOf(endpoint), `/${target}`), () =>
      socket.destroy()
    )
    return new Inspector(client)
  }

  private constructor(client: WebSocketClient) {
    this.#client = client
  }

  /**
   * Gives the value of an expression, or of the promise that it gives. No domain is enabled, so nothing is
   * compiled or run otherwise than before.
   *
   * @param milliseconds - the time that it may take
   * @throws Error with what the process tells of it
   */
  async evaluate(expression: string, milliseconds: number): Promise<unknown> {
    this.#send(expression)
    return within(milliseconds, this.#answer(), () => {})
  }

  /** Has the process evaluate what makes it close its inspector. */
  async evaluateLast(expression: string): Promise<void> {
    this.#send(expression)
    await this.#client.closed()
  }

  #send(expression: string): void {
    const params = { expression, awaitPromise: true, returnByValue: true, includeCommandLineAPI: true }
    this.#client.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params }))
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  async #answer(): Promise<unknown> {
    for (;;) {
      const message = JSON.parse(await this.#client.receive()) as Answer | null
      if (message?.id !== 1) continue
      const { result, exceptionDetails } = message.result ?? {}
      if (message.error !== undefined) throw new Error(String(message.error.message))
      if (exceptionDetails !== undefined) throw new Error(firstLine(exceptionDetails))
      return result?.value
    }
  }
}

interface Answer {
  id?: number
  error?: { message?: unknown }
  result?: { result?: { value?: unknown }; exceptionDetails?: ExceptionDetails }
}

interface ExceptionDetails {
  text?: unknown
  exception?: { description?: unknown }
}

function firstLine({ text, exception }: ExceptionDetails): string {
  return String(exception?.description ?? text).split('\n')[0] as string
}

/** The name by which the inspector knows its process. */
async function targetAt(endpoint: Endpoint): Promise<string> {
  const text = await listAt(endpoint)
  const [, id] = /"id"\s*:\s*"([\w-]{1,100})"/.exec(text) ?? []
  if (id === undefined || !text.includes('webSocketDebuggerUrl'))
    throw new Error('no inspector answers there')
  return id
}

function listAt(endpoint: Endpoint): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get(
      { ...endpoint, path: '/json/list', headers: { host: hostOf(endpoint) }, agent: false },
      (response) => {
        let text = ''
        response.setEncoding('latin1').on('data', (data: string) => {
          text += data
          if (text.length > MAX_LIST) request.destroy(new Error('no inspector answers there'))
        })
        response.on('end', () => resolve(text))
        response.on('error', reject)
      }
    )
    request.setTimeout(PATIENCE, () => request.destroy(new Error('it does not answer')))
    request.on('error', reject)
    // An answer that comes slowly enough would never time out.
    const limit = setTimeout(() => request.destroy(new Error('it does not answer')), PATIENCE)
    request.on('close', () => clearTimeout(limit))
  })
}

/** The inspector refuses names, against DNS rebinding. */
function hostOf({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

async function within<T>(milliseconds: number, result: Promise<T>, late: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`it did not answer within ${milliseconds / 1000} s`))
      late()
    }, milliseconds)
  })
  // The promise that comes later has nobody to hear of it.
  timeout.catch(() => {})
  result.catch(() => {})
  try {
    return await Promise.race([result, timeout])
  } finally {
    clearTimeout(timer)
  }
}
