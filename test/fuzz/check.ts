import type { Kit } from './build'
import { copyOf, kitOf } from './framework-copies'
import type { Case, Framework } from './model'
import { assertNamed } from './named'
import { playRecorded, playReference, playTraced, type Recorded } from './play'
import { assertRecorded, isTracedThroughout } from './recorded'
import { assertSame } from './same'
import { Server } from './stage'
import { assertWellFormed } from './well-formed'

/** Checks cases of one framework. */
export class Checker {
  readonly #untouched: Kit
  readonly #traced: Kit
  readonly #server: Server

  private constructor(framework: Framework, server: Server) {
    this.#untouched = copyOf(framework)
    this.#traced = kitOf(framework)
    this.#server = server
  }

  static async start(framework: Framework): Promise<Checker> {
    return new Checker(framework, await Server.start())
  }

  /** @throws Finding for a case that has not all four properties */
  async check(played: Case): Promise<void> {
    // Error pages hold stacks, and in these our functions may show.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    let reference: Awaited<ReturnType<typeof playReference>>
    let traced: Awaited<ReturnType<typeof playTraced>>
    let recorded: Recorded[] | null = null
    try {
      reference = await playReference(played, this.#untouched, this.#server)
      traced = await playTraced(played, this.#traced, this.#server)
      if (isTracedThroughout(played)) recorded = await playRecorded(played, this.#traced, this.#server)
    } finally {
      Error.stackTraceLimit = stackTraceLimit
    }
    assertSame(reference, traced)
    const tracings = assertWellFormed(played, reference, traced, traced.tracer)
    await assertNamed(played, reference, traced.tracer, tracings, this.#untouched)
    if (recorded !== null) assertRecorded(played, tracings, recorded)
  }

  stop(): void {
    this.#server.stop()
  }
}
