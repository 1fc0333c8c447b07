import { setTimeout } from 'node:timers/promises'

/** Waits until something is so; what it throws meanwhile counts as no. */
export async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 20_000
  for (;;) {
    if (await isSo().catch(() => false)) return
    if (Date.now() > deadline) throw new Error(`within 20 s it was not so that ${what}`)
    await setTimeout(100)
  }
}
