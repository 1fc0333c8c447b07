import { EXIT, Problem } from '../problem'
import { type Carrier, findCarriers, isTraced } from '../processes/carriers'
import { countUnreadable } from '../processes/proc'
import { age } from '../render/duration'
import { describeCommand, printable } from '../render/text'
import { type Context, print, say } from './context'

/** The processes of this machine that carry the provider. */
export function list({ json }: { json: boolean }, { style }: Context): number {
  if (process.platform !== 'linux') {
    throw new Problem(`processes can be listed on Linux only, and this is ${process.platform}`, [
      "DTrace lists its own: sudo dtrace -l -P 'restify*'"
    ])
  }
  const carriers = findCarriers()
  if (json) for (const carrier of carriers) print(JSON.stringify(toJson(carrier)))
  else if (carriers.length > 0)
    for (const line of table(carriers)) print(line.heading ? style('bold', line.text) : line.text)
  const unreadable = countUnreadable()
  if (carriers.length === 0) {
    say('no process that carries the provider was found. It is there once an app has called restifyProbes()')
  }
  if (unreadable > 0)
    say(`${unreadable} of the processes here are other users': to look into those, run it as root`)
  return EXIT.ok
}

function table(carriers: Carrier[]): { text: string; heading: boolean }[] {
  const rows = [
    ['PID', 'UPTIME', 'ATTACHED', 'COMMAND', 'ADDON'],
    ...carriers.map((carrier) => [
      String(carrier.pid),
      age(carrier.uptimeSeconds),
      attachedText(isTraced(carrier)),
      describeCommand(carrier.command),
      carrier.addons.map(({ path, deleted }) => printable(path) + (deleted ? ' (deleted)' : '')).join(', ')
    ])
  ]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => (row[column] as string).length)))
  return rows.map((row, index) => ({
    text: row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '),
    heading: index === 0
  }))
}

function attachedText(traced: boolean | undefined): string {
  return traced === undefined ? 'unknown' : traced ? 'yes' : 'no'
}

function toJson(carrier: Carrier): Record<string, unknown> {
  return {
    type: 'process',
    pid: carrier.pid,
    uptimeSeconds: Math.round(carrier.uptimeSeconds),
    command: carrier.command,
    attached: isTraced(carrier) ?? null,
    addons: carrier.addons.map(({ path, deleted }) => ({ path, deleted }))
  }
}
