import { setTimeout } from 'node:timers/promises'
import { EXIT } from '../problem'
import type { Source } from '../sources/source'
import type { Interruption } from '../terminal/interruption'

/**
 * Listens to a source until it ends, the time is over, or somebody interrupts.
 *
 * @returns the exit status, and what ended it, if it was not us
 */
export async function listen(
  source: Source,
  interruption: Interruption,
  {
    seconds,
    from,
    started = () => {}
  }: {
    seconds?: number | undefined
    /** The time begins when this resolves, or at once. */
    from?: Promise<void> | undefined
    started?: () => void
  }
): Promise<{ exitCode: number; message?: string }> {
  const over = new AbortController()
  try {
    const starting = source.start()
    // If it is interrupted first, nobody waits any more for the end of the start.
    starting.catch(() => {})
    const early = await Promise.race([starting, interruption.happened])
    if (early !== undefined) return early
    started()
    const endings: Promise<{ exitCode: number; message?: string }>[] = [source.ended, interruption.happened]
    if (seconds !== undefined) {
      const time = Promise.resolve(from).then(() =>
        setTimeout(seconds * 1000, { exitCode: EXIT.ok }, { signal: over.signal })
      )
      time.catch(() => {})
      endings.push(time)
    }
    return await Promise.race(endings)
  } finally {
    over.abort()
    await source.stop()
  }
}
