import type { Socket } from 'node:net'
import type { RecordConsumer } from '../../provider/record'
import { FiguresFeed } from '../figures-feed'
import { ProcessMonitor } from '../process-monitor'
import {
  type Answer,
  type Ask,
  BEAT,
  type FiguresWanted,
  type Greeting,
  MAX_ASK,
  type ProcessDescription,
  type RequestMessage,
  type RequestsWanted,
  readAsk
} from '../protocol'
import { RequestsFeed } from '../requests-feed'

/**
 * The bytes that may wait for a command that does not read. Requests beyond that are left out and counted.
 */
const MAX_WAITING = 1_000_000

/** The most requests that are told of at once; Node ends few in one turn of the event loop. */
const MAX_BATCH = 200

/**
 * While more bytes than these wait to be sent, no beat is sent. What there is to tell stays where it is, and grows
 * no larger.
 */
const MAX_BEFORE_BEAT = 65_536

/**
 * The time, in milliseconds, after which a connection is closed whose command reads nothing, or asks for
 * nothing.
 */
const PATIENCE = 30_000

/** The parts of the process that a connection uses. */
export interface OfferedProcess {
  greeting(): Greeting
  describe(): ProcessDescription
  /** The command has ended its work with the inspector. */
  inspected(): void
  /** @returns what removes the consumer */
  addConsumer(consumer: RecordConsumer): () => void
}

/** One command that is connected. Nothing that it says or leaves undone may harm the app. */
export class Connection {
  readonly #socket: Socket
  readonly #host: OfferedProcess
  #text = ''
  #listening: Listening | null = null
  #idle: NodeJS.Timeout | undefined

  /** @param closed - called once */
  constructor(socket: Socket, host: OfferedProcess, closed: () => void) {
    this.#socket = socket
    this.#host = host
    this.#closeLater()
    // A script that is done ends, whoever is connected.
    socket.unref()
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => this.#receive(text))
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(this.#idle)
      this.#listening?.stop()
      closed()
    })
    this.#write(host.greeting())
  }

  get listening(): boolean {
    return this.#listening !== null
  }

  /** Must be called as the process ends: what is written now still leaves it, as far as the command reads. */
  finish(): void {
    this.#listening?.finish()
    this.#listening = null
  }

  refuse(why: string): void {
    this.#say({ refused: why })
    this.#close()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #receive(text: string): void {
    if (!this.#socket.writable) return
    this.#text += text
    for (let end = this.#text.indexOf('\n'); end !== -1; end = this.#text.indexOf('\n')) {
      const line = this.#text.slice(0, end)
      this.#text = this.#text.slice(end + 1)
      const ask = readAsk(line)
      if (typeof ask === 'string') this.refuse(ask)
      else this.#answer(ask)
    }
    if (this.#text.length > MAX_ASK) this.refuse(`a line has at most ${MAX_ASK} characters`)
  }

  #answer(ask: Ask): void {
    if (ask.ask === 'process') {
      this.#say({ process: this.#host.describe() })
    } else if (ask.ask === 'inspected') {
      this.#host.inspected()
      this.#say({ ended: true })
      this.#close()
    } else if (ask.ask === 'end') {
      this.#listening?.finish()
      this.#listening = null
      this.#say({ ended: true })
      this.#close()
    } else if (ask.ask === 'handlers') {
      if (this.#listening instanceof FiguresListening) this.#listening.switchHandlers(ask.wanted)
      else this.refuse('no figures are listened to here')
    } else if (this.#listening !== null) {
      this.refuse('a connection listens once')
    } else {
      clearTimeout(this.#idle)
      this.#listening =
        ask.ask === 'figures'
          ? new FiguresListening(this.#outlet, ask)
          : new RequestsListening(this.#outlet, ask)
      this.#listening.start(this.#host)
      this.#say({ listening: true })
    }
  }

  #say(answer: Answer): void {
    this.#write(answer)
  }

  #write(line: Answer | Greeting, taken?: () => void): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(line)}\n`, taken)
  }

  /** Closes the connection when all was read, and after a while in any case. */
  #close(): void {
    this.#text = ''
    this.#socket.destroySoon()
    this.#closeLater()
  }

  #closeLater(): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.#socket.destroy(), PATIENCE).unref()
  }

  readonly #outlet: Outlet = {
    tell: (answer, taken) => this.#write(answer, taken),
    waiting: () => this.#socket.writableLength,
    close: () => this.#socket.destroy()
  }
}

/** The receiver of what is told. */
interface Outlet {
  /** @param taken - called when it has left the process */
  tell(answer: Answer, taken?: () => void): void
  /** The bytes that were told and have not left the process. */
  waiting(): number
  close(): void
}

/** Somebody listens: a consumer is there, and once a second something is told. */
abstract class Listening {
  protected readonly outlet: Outlet
  readonly #monitor: ProcessMonitor
  #remove = () => {}
  #timer: NodeJS.Timeout | undefined
  /** The time, in milliseconds, for which nothing was read while too much waits. */
  #unread = 0

  /** @param moments - whether the monitor tells of each */
  constructor(outlet: Outlet, moments = false) {
    this.outlet = outlet
    this.#monitor = new ProcessMonitor(moments)
  }

  protected abstract readonly consumer: RecordConsumer

  /** Tells what came since the last time. */
  protected abstract take(): { seen: number; lost: number; routes: string[] }

  start(host: OfferedProcess): void {
    this.#remove = host.addConsumer(this.consumer)
    this.#timer = setInterval(() => this.#beat(), BEAT).unref()
  }

  stop(): void {
    this.#remove()
    clearInterval(this.#timer)
    this.#monitor.stop()
  }

  /** Tells the rest. */
  finish(): void {
    this.#tellAll()
    this.stop()
  }

  protected tell(answer: Answer): void {
    this.outlet.tell(answer, this.#taken)
  }

  readonly #taken = () => {
    this.#unread = 0
  }

  #beat(): void {
    if (this.outlet.waiting() <= MAX_BEFORE_BEAT) {
      this.#tellAll()
    } else {
      this.#unread += BEAT
      if (this.#unread >= PATIENCE) this.outlet.close()
    }
  }

  #tellAll(): void {
    try {
      const taken = this.take()
      this.tell({ beat: { ...this.#monitor.take(), ...taken } })
    } catch {
      // An app can have put something else in the place of what Node gives.
      this.outlet.close()
    }
  }
}

class FiguresListening extends Listening {
  protected readonly consumer: FiguresFeed

  constructor(outlet: Outlet, { grid, handlers }: FiguresWanted) {
    super(outlet)
    this.consumer = new FiguresFeed(grid, handlers)
  }

  switchHandlers(wanted: boolean): void {
    this.consumer.wantsHandlers = wanted
  }

  protected take() {
    const figures = this.consumer.take()
    if (figures !== undefined) this.tell({ figures })
    return { seen: 0, lost: 0, routes: [] }
  }
}

class RequestsListening extends Listening {
  protected readonly consumer: RequestsFeed
  #batch: RequestMessage[] = []
  #lost = 0

  constructor(outlet: Outlet, wanted: RequestsWanted) {
    super(outlet, wanted.moments)
    this.consumer = new RequestsFeed(wanted, {
      hasRoom: () => this.#hasRoom(),
      deliver: (request) => this.#add(request)
    })
  }

  protected take() {
    const taken = this.consumer.take()
    this.#flush()
    const lost = this.#lost
    this.#lost = 0
    return { ...taken, lost }
  }

  #hasRoom(): boolean {
    const hasRoom = this.outlet.waiting() <= MAX_WAITING && this.#batch.length < MAX_BATCH
    if (!hasRoom) this.#lost++
    return hasRoom
  }

  /** The requests of one turn of the event loop are told of at its end. */
  #add(request: RequestMessage): void {
    if (this.#batch.length === 0) setImmediate(this.#flush)
    this.#batch.push(request)
  }

  readonly #flush = () => {
    const requests = this.#batch
    if (requests.length === 0) return
    this.#batch = []
    this.tell({ requests })
  }
}
