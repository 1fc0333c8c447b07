import { setTimeout as delay } from 'node:timers/promises'
import type { ProcessDescription } from '../../../aggregate/protocol'
import type { Carrier } from '../../processes/carriers'
import { PortFinder } from '../../processes/ports'
import { cwdOf } from '../../processes/proc'
import type { OfferedSocket } from '../../processes/sockets'
import { Client } from './client'
import { readAnswer } from './reading'

/** The time that a process has to answer, in milliseconds. */
const PATIENCE = 1000

/** A process as its threads describe it. */
export interface DescribedProcess {
  threads: ProcessDescription[]
  /** Whether a thread did not answer in time: its event loop is blocked, or it is stopped. */
  silent: boolean
}

const linux = process.platform === 'linux'

/** Processes with what they tell of themselves, where the system tells nothing of them. */
export async function introduced(carriers: readonly Carrier[]): Promise<Introduced[]> {
  const all = linux ? undefined : await describeAll(carriers)
  const finder = new PortFinder()
  return carriers.map((carrier) => introduce(carrier, all?.get(carrier), finder))
}

/** A process, with the ports on which it listens. */
export interface Introduced extends Carrier {
  ports: number[]
  cwd: string | undefined
}

/** Describes a process as the system knows it on Linux, and elsewhere as the process itself tells. */
export function introduce(
  carrier: Carrier,
  told: DescribedProcess | undefined,
  finder: PortFinder
): Introduced {
  if (linux) return { ...carrier, ports: finder.of(carrier.pid), cwd: cwdOf(carrier.pid) }
  const threads = told?.threads ?? []
  const [first] = threads
  return {
    ...carrier,
    command: first?.command ?? [],
    uptimeSeconds: first === undefined ? 0 : Math.max(0, (Date.now() - first.startedMs) / 1000),
    ports: threads.flatMap(({ ports }) => ports),
    cwd: first?.cwd
  }
}

/** Asks processes what they are, all at once. Those that can't be asked tell nothing. */
export async function describeAll(carriers: readonly Carrier[]): Promise<Map<Carrier, DescribedProcess>> {
  const described = await Promise.all(carriers.map((carrier) => describe(carrier)))
  return new Map(carriers.map((carrier, index) => [carrier, described[index] as DescribedProcess]))
}

async function describe({ pid, sockets }: Carrier): Promise<DescribedProcess> {
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
