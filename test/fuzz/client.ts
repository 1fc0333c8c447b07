import net from 'node:net'
import type { Request } from './model'

/** Tells servers which request of a case they have got. */
export const CASE_HEADER = 'x-case-request'

/** One request on a connection of its own, and all that comes back, byte for byte. */
export class Client {
  readonly #socket: net.Socket
  #received = ''
  #closed = false

  constructor(port: number, number: number, { method, url }: Request) {
    this.#socket = net.connect(port, '127.0.0.1')
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (text: string) => {
      this.#received += text
    })
    this.#socket.on('close', () => {
      this.#closed = true
    })
    // The parts that were received show that the connection breaks.
    this.#socket.on('error', () => {})
    const length = method === 'POST' ? 'Content-Length: 0\r\n' : ''
    this.#socket.write(
      `${method} ${url} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${length}${CASE_HEADER}: ${number}\r\n\r\n`
    )
  }

  get closed(): boolean {
    return this.#closed
  }

  /** The response, without the time of day. */
  get received(): string {
    return this.#received.replace(/^Date: .*\r\n/m, '')
  }

  destroy(): void {
    this.#socket.destroy()
  }
}
