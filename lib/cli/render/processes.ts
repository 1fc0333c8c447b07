import { joined, line, type Printable, printable } from '../printable'
import type { Carrier } from '../processes/carriers'
import { describeCommand } from './text'

/** Names processes by their command lines, which workers share; those that do not run any more come last. */
export function processesTitle(
  carriers: readonly Carrier[],
  isRunning: (carrier: Carrier) => boolean = () => true
): Printable {
  const running = carriers.filter(isRunning)
  const ended = carriers.filter((carrier) => !running.includes(carrier))
  return joined([...titles(running, ''), ...titles(ended, 'ended: ')], ', ')
}

function titles(carriers: readonly Carrier[], mark: string): Printable[] {
  const groups = new Map<Printable, Carrier[]>()
  for (const carrier of carriers) {
    const command = describeCommand(carrier.command)
    groups.set(command, [...(groups.get(command) ?? []), carrier])
  }
  return [...groups].map(([command, group]) => line`${pidsOf(group)} (${printable(mark)}${command})`)
}

export function pidsOf(carriers: readonly Carrier[]): Printable {
  const pids = printable(carriers.map(({ pid }) => pid).join(', '))
  return carriers.length === 1 ? line`process ${pids}` : line`processes ${pids}`
}

/** Tells why a process is not among those that are shown. */
export function describeUnanswering({ pid, user }: { pid: number; user: string }): Printable {
  return line`process ${pid} of ${printable(user)} can't be read: its memory, or a file that it has mapped, does not answer`
}
