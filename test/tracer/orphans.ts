// Kills the command as hard as can be, at random moments of its life, and looks for a bpftrace that is left:
//   node build/test/tracer/orphans.js --kills 1000 [--seed S] [--at-once N]
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Command } from '../support/cli'
import { MARK, marked } from '../support/marked'
import { randomFrom } from '../support/random'
import { Shop } from '../support/shop'

/** The time, in milliseconds, from before a command is loaded to when it is attached and has told figures. */
const LONGEST_LIFE = 2500
/** The time from when it is asked to end to when it has. */
const LONGEST_END = 1000
/** The time that what is left has to notice: a process that is being killed has to leave the kernel first. */
const PATIENCE = 15_000

const COMMANDS = ['latency', 'trace', 'top'] as const

export interface Outcome {
  kills: number
  /** The number of them that found a bpftrace at work. */
  withTracer: number
  /** The time that the slowest took to end after the command did, in milliseconds. */
  slowest: number
  /** Processes that were left. */
  left: string[]
}

/** Kills so many commands, some at the same time, at moments that a seed gives. */
export async function killCommands(kills: number, { seed = 1, atOnce = 2 } = {}): Promise<Outcome> {
  const shop = await Shop.start()
  const random = randomFrom(seed)
  const outcome: Outcome = { kills: 0, withTracer: 0, slowest: 0, left: [] }
  const one = async () => {
    while (outcome.kills < kills) {
      outcome.kills++
      const name = COMMANDS[outcome.kills % COMMANDS.length] as string
      // Ours are told from others' by their own words.
      const mark = `orphans-${process.pid}-${outcome.kills}`
      const command = new Command([name, '-p', String(shop.pid), '--via', 'kernel', '--json'], {
        env: { ...process.env, [MARK]: mark }
      })
      await setTimeout(random() * LONGEST_LIFE)
      if (marked(mark).some(({ name }) => name === 'bpftrace')) outcome.withTracer++
      // Half of them while they let go of what they trace.
      if (random() < 0.5) {
        command.process.kill('SIGINT')
        await setTimeout(random() * LONGEST_END)
      }
      await command.end('SIGKILL')
      const killed = Date.now()
      while (marked(mark).length > 0 && Date.now() < killed + PATIENCE) await setTimeout(20)
      outcome.slowest = Math.max(outcome.slowest, Date.now() - killed)
      for (const { pid, name } of marked(mark)) {
        outcome.left.push(`${name} ${pid}, after kill ${outcome.kills} of ${command.process.pid}`)
        process.kill(pid, 'SIGKILL')
      }
    }
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, one))
  } finally {
    await shop.stop()
  }
  return outcome
}

if (require.main === module) {
  const { values } = parseArgs({
    options: { kills: { type: 'string' }, seed: { type: 'string' }, 'at-once': { type: 'string' } }
  })
  const began = Date.now()
  void killCommands(Number(values.kills ?? 100), {
    seed: Number(values.seed ?? 1),
    atOnce: Number(values['at-once'] ?? 2)
  }).then(({ kills, withTracer, slowest, left }) => {
    console.log(
      `${kills} kills in ${Math.round((Date.now() - began) / 1000)} s; ${withTracer} found a bpftrace at work; ${left.length} processes left, the slowest ended ${slowest} ms after the command`
    )
    for (const each of left) console.log(each)
    process.exitCode = left.length > 0 ? 1 : 0
  })
}
