// Reloads a cluster again and again under top, and looks whether top follows, and what is left of bpftrace:
//   node build/test/tracer/reloads.js --reloads 100
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Command } from '../support/cli'

const CLUSTER = path.join(__dirname, '..', 'fixtures', 'reloading.js')

/** The time for top to be attached to all that has been started anew, in milliseconds. */
const PATIENCE = 20_000

export interface Reloads {
  reloads: number
  /** The time of the slowest until top was attached to every worker, in milliseconds. */
  slowest: number
}

/**
 * Reloads a cluster so many times, and each time waits until top says that it watches the new workers.
 *
 * @param impatient - the part of them that is not waited for, but followed at once by another reload
 * @throws Error if it does not, or ends
 */
export async function reloadUnderTop(reloads: number, impatient = 0.3): Promise<Reloads> {
  const primary = fork(CLUSTER, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  try {
    let [pids] = (await once(primary, 'message')) as [number[]]
    const top = new Command(['top', '-p', pids.join(','), '--via', 'kernel', '--json'])
    try {
      await top.printed(/watching process/)
      let slowest = 0
      for (let done = 0; done < reloads; done++) {
        pids = await reload(primary)
        if ((done * impatient) % 1 >= 1 - impatient && done < reloads - 1) continue
        const began = Date.now()
        await watching(top, pids)
        slowest = Math.max(slowest, Date.now() - began)
      }
      const { code, stderr } = await top.end('SIGINT')
      if (code !== 0) throw new Error(`top ended with ${code}: ${stderr}`)
      return { reloads, slowest }
    } finally {
      top.process.kill('SIGKILL')
    }
  } finally {
    primary.kill('SIGKILL')
  }
}

async function reload(primary: ChildProcess): Promise<number[]> {
  const reloaded = once(primary, 'message')
  primary.send('reload')
  return ((await reloaded) as [number[]])[0]
}

/** Resolves when the last that top has said of what it watches names all of these. */
async function watching(top: Command, pids: readonly number[]): Promise<void> {
  const deadline = Date.now() + PATIENCE
  for (;;) {
    const [, latest = ''] = [...top.stderr.matchAll(/; now (process.*)$/gm)].at(-1) ?? []
    if (pids.every((pid) => new RegExp(`\\b${pid}\\b`).test(latest))) return
    if (top.process.exitCode !== null || Date.now() > deadline)
      throw new Error(`top does not watch ${pids.join(', ')}, but says: ${top.stderr.slice(-2000)}`)
    await setTimeout(50)
  }
}

if (require.main === module) {
  const { values } = parseArgs({ options: { reloads: { type: 'string' } } })
  const began = Date.now()
  reloadUnderTop(Number(values.reloads ?? 20)).then(
    ({ reloads, slowest }) =>
      console.log(
        `${reloads} reloads in ${Math.round((Date.now() - began) / 1000)} s; top was attached to the new workers after ${slowest} ms at most`
      ),
    (error: Error) => {
      console.error(error)
      process.exitCode = 1
    }
  )
}
