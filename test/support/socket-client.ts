import { once } from 'node:events'
import net from 'node:net'
import { setTimeout } from 'node:timers/promises'

type Line = Record<string, unknown>

/** Speaks to an app's socket as a command does, or as nobody should. */
export class SocketClient {
  readonly socket: net.Socket
  readonly lines: Line[] = []
  closed = false
  #text = ''

  constructor(file: string) {
    this.socket = net.connect(file)
    this.socket.setEncoding('utf8').on('data', (text) => {
      const parts = (this.#text + text).split('\n')
      this.#text = parts.pop() ?? ''
      this.lines.push(...parts.map((line) => JSON.parse(line) as Line))
    })
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.closed = true
    })
  }

  async connected(): Promise<this> {
    await once(this.socket, 'connect')
    return this
  }

  say(line: Line | string): void {
    this.socket.write(typeof line === 'string' ? line : `${JSON.stringify(line)}\n`)
  }

  /** The first line with this in it, whenever it comes; the test's own time is the limit. */
  async told(key: string): Promise<Line> {
    for (;;) {
      const line = this.lines.find((each) => key in each)
      if (line !== undefined) return line
      if (this.closed) throw new Error(`closed without ${key}: ${JSON.stringify(this.lines)}`)
      await setTimeout(10)
    }
  }

  async closes(): Promise<void> {
    while (!this.closed) await setTimeout(10)
  }
}
