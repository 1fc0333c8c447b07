import { setTimeout as delay } from 'node:timers/promises'
import type { ProcessDescription } from '../../../aggregate/protocol'
import type { Carrier } from '../../processes/carriers'
import type { PortFinder } from '../../processes/ports'
import type { OfferedSocket } from '../../processes/sockets'
import { Client } from './client'
import { readAnswer } from './reading'

/** In milliseconds: how long a process may take to answer. */
const PATIENCE = 1000

/** What the threads of a process tell of themselves. */
export interface Described {
  threads: ProcessDescription[]
  /** Whether a thread did not answer in time: its event loop is blocked, or it is stopped. */
  silent: boolean
}

const described = new WeakMap<Carrier, Described>()

/** Processes with what they tell of themselves, where the system tells nothing of them. */
export async function introduced(carriers: Carrier[]): Promise<Carrier[]> {
  if (process.platform === 'linux') return carriers
  const all = await describeAll(carriers)
  return carriers.map((carrier) => {
    const { threads } = all.get(carrier) as Described
    const [first] = threads
    const known = {
      ...carrier,
      command: first?.command ?? [],
      uptimeSeconds: first === undefined ? 0 : Math.max(0, (Date.now() - first.startedMs) / 1000)
    }
    described.set(known, all.get(carrier) as Described)
    return known
  })
}

/** On which a process listens: as the kernel knows on Linux, elsewhere as it tells itself. */
export function portsOf(carrier: Carrier, finder: PortFinder): number[] {
  if (process.platform === 'linux') return finder.of(carrier.pid)
  return described.get(carrier)?.threads.flatMap(({ ports }) => ports) ?? []
}

/** Asks processes what they are, all at once. Those that can't be asked tell nothing. */
export async function describeAll(carriers: readonly Carrier[]): Promise<Map<Carrier, Described>> {
  const described = await Promise.all(carriers.map((carrier) => describe(carrier)))
  return new Map(carriers.map((carrier, index) => [carrier, described[index] as Described]))
}

async function describe({ pid, sockets }: Carrier): Promise<Described> {
  const answers = await Promise.all(sockets.map((offered) => ask(pid, offered)))
  return {
    threads: answers.filter((answer) => typeof answer === 'object'),
    silent: answers.includes('silent')
  }
}

async function ask(pid: number, offered: OfferedSocket): Promise<ProcessDescription | 'silent' | 'refused'> {
  let client: Client | undefined
  try {
    const told = new Promise<ProcessDescription>((resolve, reject) => {
      client = new Client(pid, offered, {
        told: (line) => {
          const { process } = readAnswer(line)
          if (process !== undefined) resolve(process)
        },
        closed: () => reject(new Error('closed'))
      })
      client.greeted().then(() => client?.ask({ ask: 'process' }), reject)
    })
    return await Promise.race([told, delay(PATIENCE, 'silent' as const, { ref: false })])
  } catch {
    return 'refused'
  } finally {
    client?.close()
  }
}
