import { PROBE_NAMES } from '../../provider/probes'
import type { Distribution } from '../figures/distribution'
import { Figures } from '../figures/figures'
import { type Grid, ZERO } from '../figures/grid'
import { Attachment } from './attachment'
import type { Message } from './bpftrace'
import { latencyScript } from './latency-script'
import { AddressNames } from './names'
import type { Release } from './release'
import type { Target } from './target'

type Values = Record<string, unknown>
type Bucket = { min: number; count: number }
/** As many parts as the map has. */
type Key = [string, string, string, string]

/** Figures aggregated in the kernel, and read from there once a second and at the end. */
export class FiguresAttachment extends Attachment {
  readonly #grid: Grid
  readonly #deliver: (figures: Figures) => void
  readonly #names = new AddressNames()
  readonly #maps = new Map<string, Values>()

  constructor(
    target: Target,
    command: 'latency' | 'top',
    grid: Grid,
    release: Release,
    deliver: (figures: Figures) => void
  ) {
    super(target, PROBE_NAMES.length, latencyScript(target.where(), { kind: command, grid }), release)
    this.#grid = grid
    this.#deliver = deliver
  }

  protected receive(message: Message): void {
    if (message.type === 'map' || message.type === 'hist') {
      for (const [name, values] of Object.entries(message.data)) this.#maps.set(name, values)
    } else if (message.type === 'printf') {
      const [kind, tid, address, ...text] = message.data.slice(0, -1).split('\t')
      if (kind === 'n') this.#names.set(tid as string, address as string, text.join('\t'))
      else if (kind === 's') this.#deliver(this.#read(false))
    }
  }

  /** bpftrace prints every map at its end. */
  override async stop(): Promise<void> {
    await super.stop()
    this.#deliver(this.#read(true))
  }

  /** Until the end, what has names that are still on their way from another CPU is left for the next time. */
  #read(atEnd: boolean): Figures {
    const isKnown = ([tid, ...addresses]: string[]) =>
      atEnd || addresses.every((address) => this.#names.has(tid as string, address))
    const figures = new Figures(this.#grid)
    const routes = ([tid, address]: Key) => figures.route(this.#names.get(tid, address)).requests
    const handlers = ([tid, route, address]: Key) =>
      figures.handler(this.#names.get(tid, route), this.#names.get(tid, address))
    for (const [key, count] of this.#numbers('@routes_errors'))
      if (isKnown(key)) figures.route(this.#names.get(key[0], key[1])).errors += count
    for (const [key, buckets] of this.#histograms('@routes'))
      if (isKnown(key.slice(0, 2))) addBuckets(routes(key), key[2], buckets)
    for (const [key, buckets] of this.#histograms('@handlers'))
      if (isKnown(key.slice(0, 3))) addBuckets(handlers(key), key[3], buckets)
    for (const [key, sum] of this.#numbers('@routes_sum')) if (isKnown(key)) routes(key).sumNs += sum
    for (const [key, sum] of this.#numbers('@handlers_sum')) if (isKnown(key)) handlers(key).sumNs += sum
    for (const [key, max] of this.#numbers('@routes_max')) if (isKnown(key)) raise(routes(key), max)
    for (const [key, max] of this.#numbers('@handlers_max')) if (isKnown(key)) raise(handlers(key), max)
    return figures
  }

  #histograms(map: string): [Key, Bucket[]][] {
    return this.#entries(map) as [Key, Bucket[]][]
  }

  #numbers(map: string): [Key, number][] {
    return this.#entries(map) as [Key, number][]
  }

  #entries(map: string): [Key, unknown][] {
    return Object.entries(this.#maps.get(map) ?? {}).map(([key, value]) => [key.split(',') as Key, value])
  }
}

/** From the buckets of a histogram of squares, of units that are coarser by so many bits. */
function addBuckets(distribution: Distribution, bits: string, buckets: Bucket[]): void {
  for (const { min, count } of buckets)
    if (count > 0) distribution.add(min < 1 ? ZERO : Math.log2(min) + 2 * Number(bits), count)
}

function raise(distribution: Distribution, max: number): void {
  distribution.maxNs = Math.max(distribution.maxNs, max)
}
