import net from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { InjectionOrder } from './injection-order'

/** The times between two attempts to get the lock, and in all, in milliseconds. */
const AGAIN = 20
const PATIENCE = 30_000

/**
 * Waits until no other command injects into the process: two that use its inspector at the same time would
 * close it for each other. The lock is a name that the kernel gives to one at a time, and takes back from
 * whoever ends.
 *
 * @returns what gives it back
 * @throws Error where another command keeps it
 */
export async function lock({ pid, start }: InjectionOrder): Promise<() => void> {
  const deadline = performance.now() + PATIENCE
  do {
    const server = await named(`\0restify-probes-inject-${pid}-${start}`)
    if (server !== undefined) return () => server.close()
    await setTimeout(AGAIN)
  } while (performance.now() < deadline)
  throw new Error('another command is injecting into it')
}

/** Takes the name; undefined where somebody else has it. */
function named(name: string): Promise<net.Server | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      // A Node that knows no such names, as the first ones of 20, does without.
      resolve(error.code === 'EADDRINUSE' ? undefined : server)
    })
    server.listen(name, () => resolve(server))
  })
}
