import type { Carrier } from '../processes/carriers'
import { describeCommand } from './text'

/** By their command lines, which workers share; last those that do not run any more. */
export function titleOf(
  carriers: readonly Carrier[],
  isRunning: (carrier: Carrier) => boolean = () => true
): string {
  const running = carriers.filter(isRunning)
  const ended = carriers.filter((carrier) => !running.includes(carrier))
  return [...titles(running, ''), ...titles(ended, 'ended: ')].join(', ')
}

function titles(carriers: readonly Carrier[], mark: string): string[] {
  const groups = new Map<string, Carrier[]>()
  for (const carrier of carriers) {
    const command = describeCommand(carrier.command)
    groups.set(command, [...(groups.get(command) ?? []), carrier])
  }
  return [...groups].map(([command, group]) => `${pidsOf(group)} (${mark}${command})`)
}

export function pidsOf(carriers: readonly Carrier[]): string {
  const pids = carriers.map(({ pid }) => pid).join(', ')
  return carriers.length === 1 ? `process ${pids}` : `processes ${pids}`
}
