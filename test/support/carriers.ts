import { setTimeout } from 'node:timers/promises'
import { objects, run } from './cli'

interface Listed {
  pid: number
  attached: boolean | null
}

export async function listed(pid: number): Promise<Listed | undefined> {
  return objects<Listed>((await run(['list', '--json'])).stdout).find((each) => each.pid === pid)
}

/** Resolves once nobody listens to the process's probes, and lasts until the test's own time is over if somebody does. */
export async function detached(pid: number): Promise<void> {
  while ((await listed(pid))?.attached !== false) await setTimeout(50)
}
