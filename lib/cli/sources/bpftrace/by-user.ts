import { Problem } from '../../problem'
import type { Carrier } from '../../processes/carriers'
import { pidsOf } from '../../render/processes'
import { say } from '../../terminal/output'
import type { Ending, Source } from '../source'

/** Attaches to some processes with one bpftrace. Throws a Problem where that can't be, as its start() may do. */
export type Attach = (carriers: readonly Carrier[]) => Source

/**
 * Processes of several users: by one bpftrace or, where that fails, by one for each user. Whoever can write an addon's
 * file can change it after it was checked, while bpftrace reads it once more, which then fails for all of its processes.
 */
export class ByUser implements Source {
  readonly ended: Promise<Ending>
  readonly #carriers: readonly Carrier[]
  readonly #attach: Attach
  readonly #atEnd: () => void
  readonly #leftOut: Carrier[] = []
  #sources: Source[]
  #stopped = false
  #end: (ending: Ending | PromiseLike<Ending>) => void = () => {}

  /** @param atEnd - is called when all have been stopped */
  constructor(carriers: readonly Carrier[], attach: Attach, atEnd = () => {}) {
    this.#carriers = carriers
    this.#attach = attach
    this.#atEnd = atEnd
    this.#sources = [attach(carriers)]
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
    this.ended.catch(() => {})
  }

  async start(): Promise<void> {
    const [together] = this.#sources as [Source]
    try {
      await together.start()
    } catch (error) {
      await together.stop()
      if (!(error instanceof Problem) || this.#stopped) throw error
      await this.#startEach(error)
    }
    this.#end(this.#allEnded())
  }

  async #startEach(problem: Problem): Promise<void> {
    const users = byUser(this.#carriers)
    if (users.length < 2) throw problem
    say('one bpftrace can not trace the processes of several users: there is one for each user')
    const started = await Promise.all(users.map((carriers) => this.#startOf(carriers)))
    this.#sources = started.filter((source) => source !== undefined)
    if (this.#sources.length === 0) throw problem
    if (this.#stopped) await this.stop()
  }

  /** Starts a source for one user's processes; undefined where they can't be traced. */
  async #startOf(carriers: readonly Carrier[]): Promise<Source | undefined> {
    let source: Source | undefined
    try {
      source = this.#attach(carriers)
      await source.start()
      return source
    } catch (error) {
      await source?.stop()
      if (!(error instanceof Problem)) throw error
      const [{ user }] = carriers as [Carrier]
      this.#leftOut.push(...carriers)
      say(`left out: ${pidsOf(carriers)} of ${user.name}, since ${error.message}`)
      return undefined
    }
  }

  async #allEnded(): Promise<Ending> {
    const endings = await Promise.all(this.#sources.map(({ ended }) => ended))
    return {
      message: endings.map(({ message }) => message).join('; '),
      exitCode: Math.max(...endings.map(({ exitCode }) => exitCode))
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#sources.map((source) => source.stop()))
    this.#atEnd()
  }

  leftOut(): readonly Carrier[] {
    return this.#leftOut
  }

  lost(): number {
    return this.#sources.reduce((sum, source) => sum + source.lost(), 0)
  }

  describeLost(count: number): string {
    return (this.#sources[0] as Source).describeLost(count)
  }

  incomplete(): string | undefined {
    return this.#sources.map((source) => source.incomplete()).find((sentence) => sentence !== undefined)
  }
}

function byUser(carriers: readonly Carrier[]): Carrier[][] {
  const users = new Map<number, Carrier[]>()
  for (const carrier of carriers) users.set(carrier.user.id, [...(users.get(carrier.user.id) ?? []), carrier])
  return [...users.values()]
}
