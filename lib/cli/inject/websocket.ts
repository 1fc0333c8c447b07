import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'

/** The longest answer that is read, in bytes. */
const MAX_ANSWER = 1024 * 1024
const MAX_HEADER = 16 * 1024

/** The time that the other end has to close, in milliseconds. */
const CLOSING = 2000

const TEXT = 1
const CLOSE = 8
const PING = 9
const PONG = 10

/** RFC 6455 demands this text in the proof that the other end speaks the protocol. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/**
 * The other end closed the connection before it had answered, as it does when somebody else closes the
 * inspector.
 */
export class ConnectionClosed extends Error {
  constructor() {
    super('the inspector closed the connection')
  }
}

/**
 * The client's side of a WebSocket (RFC 6455), as far as it takes to talk to Node's inspector: Node 20 has none of its
 * own. What the other end sends is bounded, and nothing that it sends can do more than fail.
 */
export class WebSocketClient {
  readonly #socket: Socket
  #bytes: Buffer = Buffer.alloc(0)
  #ended = false
  #wake = () => {}

  /** @throws Error where the other end is no WebSocket */
  static async open(socket: Socket, host: string, path: string): Promise<WebSocketClient> {
    const key = randomBytes(16).toString('base64')
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`
    )
    const client = new WebSocketClient(socket)
    const accepted = createHash('sha1')
      .update(key + GUID)
      .digest('base64')
    const answer = await client.#head()
    if (!/^HTTP\/1\.1 101 /.test(answer) || !answer.includes(accepted))
      throw new Error('the port does not speak WebSocket')
    return client
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (data: Buffer) => {
      this.#bytes = this.#bytes.length === 0 ? data : Buffer.concat([this.#bytes, data])
      if (this.#bytes.length > MAX_ANSWER + MAX_HEADER) socket.destroy()
      this.#wake()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#ended = true
      this.#wake()
    })
  }

  send(text: string): void {
    this.#send(TEXT, Buffer.from(text))
  }

  /**
   * The next message that came whole.
   *
   * @throws Error where the connection closed before, or what came makes no sense
   */
  async receive(): Promise<string> {
    const parts: Buffer[] = []
    let length = 0
    for (;;) {
      const { opcode, last, payload } = await this.#frame()
      if (opcode === PING) this.#send(PONG, payload)
      else if (opcode === CLOSE) throw new ConnectionClosed()
      else if (opcode !== PONG) {
        length += payload.length
        if (length > MAX_ANSWER) throw new Error(`the answer is longer than ${MAX_ANSWER} bytes`)
        parts.push(payload)
        if (last) return Buffer.concat(parts).toString('utf8')
      }
    }
  }

  /** Asks for the end, and resolves when the other end has closed the connection. */
  async close(): Promise<void> {
    if (!this.#ended) this.#send(CLOSE, Buffer.alloc(0))
    await this.closed()
  }

  /**
   * Resolves when the other end has closed the connection. It is first to do so: Node's inspector may use memory that
   * it has freed where both do it at the same time.
   */
  async closed(): Promise<void> {
    const over = new AbortController()
    const late = setTimeout(CLOSING, undefined, { signal: over.signal }).catch(() => {})
    if (!this.#ended) await Promise.race([once(this.#socket, 'end').catch(() => {}), late])
    over.abort()
    this.#socket.destroy()
  }

  async #head(): Promise<string> {
    for (;;) {
      const end = this.#bytes.indexOf('\r\n\r\n')
      if (end !== -1) return this.#take(end + 4).toString('latin1')
      if (this.#bytes.length > MAX_HEADER) throw new Error('the port does not speak HTTP')
      await this.#more()
    }
  }

  async #frame(): Promise<{ opcode: number; last: boolean; payload: Buffer }> {
    const [first, second] = (await this.#bytesOf(2)) as Buffer & [number, number]
    let length = second & 0x7f
    if (length === 126) length = (await this.#bytesOf(2)).readUInt16BE()
    else if (length === 127) length = Number((await this.#bytesOf(8)).readBigUInt64BE())
    // A server masks nothing.
    if ((second & 0x80) !== 0 || length > MAX_ANSWER) throw new Error('the port does not speak WebSocket')
    return { opcode: first & 0x0f, last: (first & 0x80) !== 0, payload: await this.#bytesOf(length) }
  }

  async #bytesOf(count: number): Promise<Buffer> {
    while (this.#bytes.length < count) await this.#more()
    return this.#take(count)
  }

  #take(count: number): Buffer {
    const taken = this.#bytes.subarray(0, count)
    this.#bytes = this.#bytes.subarray(count)
    return taken
  }

  async #more(): Promise<void> {
    if (this.#ended) throw new ConnectionClosed()
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }

  #send(opcode: number, payload: Buffer): void {
    const mask = randomBytes(4)
    const masked = Buffer.allocUnsafe(payload.length)
    for (let at = 0; at < payload.length; at++)
      masked[at] = (payload[at] as number) ^ (mask[at & 3] as number)
    this.#socket.write(Buffer.concat([headerOf(opcode, payload.length), mask, masked]))
  }
}

function headerOf(opcode: number, length: number): Buffer {
  // One frame is the whole message; a client masks all that it sends.
  if (length < 126) return Buffer.from([0x80 | opcode, 0x80 | length])
  const long = length > 0xffff
  const header = Buffer.alloc(long ? 10 : 4)
  header[0] = 0x80 | opcode
  header[1] = 0x80 | (long ? 127 : 126)
  if (long) header.writeBigUInt64BE(BigInt(length), 2)
  else header.writeUInt16BE(length, 2)
  return header
}
