import type { Distribution } from '../../../figures/distribution'
import { addBusy, describeRoute, Figures } from '../../../figures/figures'
import { type Grid, ZERO } from '../../../figures/grid'
import { PROBE_NAMES } from '../../../provider/probes'
import { figuresScript, LONGEST_NS, MAX_HANDLERS } from '../../scripts/figures'
import type { DeliverFigures } from '../source'
import { Attachment } from './attachment'
import type { Message } from './message'
import { AddressNames } from './names'
import type { Release } from './release'
import type { Target } from './target'

/** The script's largest bucket is below this one: durations are 64-bit numbers of nanoseconds. */
const MAX_BUCKET = 128

type Values = Record<string, unknown>
/** A key of the map, which has as many parts. */
type Key = [string, string, string, string, string]

/** A thread, and the addresses of a route's name, of a method and of a path. */
type Described = [tid: string, name: string, method: string, path: string]

/** The map that counts the runs of handlers for which there was no room. */
const MISSING = '@missing'

/** Figures aggregated in the kernel, and read from there once a second and at the end. */
export class FiguresAttachment extends Attachment {
  readonly #grid: Grid
  readonly #deliver: DeliverFigures
  readonly #names = new AddressNames()
  readonly #maps = new Map<string, Values>()
  readonly #described: Described[] = []
  #atEnd = false
  #missing = 0

  constructor(
    target: Target,
    { reader, grid }: { reader: 'latency' | 'top'; grid: Grid },
    release: Release,
    deliver: DeliverFigures
  ) {
    const script = figuresScript(target.where(), {
      reader,
      grid,
      dialect: release.dialect,
      facts: target.tellsFacts
    })
    super(target, PROBE_NAMES.length, script, release)
    this.#grid = grid
    this.#deliver = deliver
  }

  protected receive(message: Message): void {
    if (message.type === 'map' || message.type === 'hist') {
      for (const [name, values] of Object.entries(message.data)) {
        if (name === MISSING) this.#missing = isAmount(values) ? values : 0
        else this.#maps.set(name, values as Values)
      }
    } else if (message.type === 'printf') {
      const [kind, tid, address, ...text] = message.data.slice(0, -1).split('\t')
      if (kind === 'n') this.#names.set(tid as string, address as string, text.join('\t'))
      else if (kind === 'p') this.#described.push([tid, address, ...text] as Described)
      else if (kind === 's') this.#deliver(this.#read(), this.#atEnd)
    }
  }

  override incomplete(): string | undefined {
    const incomplete = super.incomplete()
    if (incomplete !== undefined || this.#missing === 0) return incomplete
    return `${this.#missing} runs of handlers were not counted: their requests ran more than ${MAX_HANDLERS} each`
  }

  describeLost(count: number): string {
    return `${count} of bpftrace's messages were lost: what was counted is whole, but names may be missing`
  }

  /** bpftrace prints every map at its end. */
  override async stop(): Promise<void> {
    await super.stop()
    this.#atEnd = true
    this.#deliver(this.#read(), this.#atEnd)
  }

  #read(): Figures {
    const figures = new Figures(this.#grid)
    const route = ([tid, address]: Key) => figures.route(this.#names.get(tid, address))
    const handler = ([tid, of, name, location]: Key) =>
      figures.handler(this.#names.get(tid, of), this.#names.get(tid, name), this.#names.get(tid, location))
    for (const [key, count] of this.#numbers('@routes')) route(key).requests.add(bucketIn(key[2]), count)
    for (const [key, sum] of this.#numbers('@routes_sum')) route(key).requests.sumNs += sum
    for (const [key, max] of this.#numbers('@routes_max')) raise(route(key).requests, max)
    for (const [key, short] of this.#numbers('@routes_min')) lower(route(key).requests, LONGEST_NS - short)
    for (const [key, count] of this.#numbers('@routes_errors')) route(key).errors += count
    for (const [key, count] of this.#numbers('@handlers')) handler(key).durations.add(bucketIn(key[4]), count)
    for (const [key, sum] of this.#numbers('@handlers_sum')) handler(key).durations.sumNs += sum
    for (const [key, max] of this.#numbers('@handlers_max')) raise(handler(key).durations, max)
    for (const [key, short] of this.#numbers('@handlers_min'))
      lower(handler(key).durations, LONGEST_NS - short)
    for (const [key, busyUs] of this.#numbers('@handlers_busy')) addBusy(handler(key), busyUs * 1000)
    for (const [tid, name, method, path] of this.#described) {
      const route = figures.routes.get(this.#names.get(tid, name))
      if (route !== undefined)
        describeRoute(route, this.#names.get(tid, method), this.#names.get(tid, path) || undefined)
    }
    return figures
  }

  /**
   * The entries of a map. Those whose names are still on their way from another CPU are left out: they will be there
   * the next time.
   */
  #numbers(map: string): [Key, number][] {
    const names = map.startsWith('@routes') ? 1 : 3
    return Object.entries(this.#maps.get(map) ?? {})
      .filter((entry): entry is [string, number] => isAmount(entry[1]))
      .map(([key, value]): [Key, number] => [key.split(',') as Key, value])
      .filter(([[tid, ...rest]]) => {
        return this.#atEnd || rest.slice(0, names).every((address) => this.#names.has(tid, address))
      })
  }
}

function isAmount(value: unknown): value is number {
  return Number.isFinite(value) && (value as number) >= 0
}

/** The script counts buckets from 0, which is the one for what is shorter than a unit. */
function bucketIn(number: string): number {
  const bucket = Number(number)
  return Number.isInteger(bucket) && bucket >= 0 && bucket <= MAX_BUCKET ? bucket + ZERO : ZERO
}

function lower(distribution: Distribution, min: number): void {
  distribution.minNs = Math.min(distribution.minNs, min)
}

function raise(distribution: Distribution, max: number): void {
  distribution.maxNs = Math.max(distribution.maxNs, max)
}
