import type { Command } from '../command'
import { OUTPUT_OPTIONS } from '../help'
import type { Printable } from '../printable'
import { EXIT, Problem } from '../problem'
import { type Carrier, findCarriers, isTraced } from '../processes/carriers'
import { countUnreadable } from '../processes/proc'
import { listLines } from '../render/list'
import { print, printJson, say } from '../terminal/output'
import type { Context } from './context'

export const list: Command = {
  options: ['json'],
  startsApp: false,
  help: `restify-probes list: the processes that carry the provider: pid, uptime, whether any
tracer is attached now, command line, and the addon that holds the probes.

  restify-probes list

${OUTPUT_OPTIONS}

Yours only, unless you are root. Those in containers are seen from the host.
`,
  run
}

/** The processes of this machine that carry the provider. */
function run({ json }: { json: boolean }, { style }: Context): number {
  if (process.platform !== 'linux') {
    throw new Problem(`processes can be listed on Linux only, and this is ${process.platform}`, [
      "DTrace lists its own: sudo dtrace -l -P 'restify*'"
    ])
  }
  const carriers = findCarriers()
  if (json) for (const carrier of carriers) printJson(toJson(carrier))
  else if (carriers.length > 0) {
    const rows = carriers.map((carrier) => ({ ...carrier, isTraced: isTraced(carrier) }))
    const [heading, ...lines] = listLines(rows, process.stdout.isTTY ? process.stdout.columns : undefined)
    print(style('bold', heading as Printable))
    for (const line of lines) print(line)
  }
  const unreadable = countUnreadable()
  if (carriers.length === 0) {
    say('no process that carries the provider was found. It is there once an app has called restifyProbes()')
  }
  if (unreadable > 0)
    say(`${unreadable} of the processes here are other users': to look into those, run it as root`)
  return EXIT.ok
}

function toJson(carrier: Carrier): Record<string, unknown> {
  return {
    type: 'process',
    pid: carrier.pid,
    user: carrier.user.name,
    uid: carrier.user.id,
    uptimeSeconds: Math.round(carrier.uptimeSeconds),
    command: carrier.command,
    attached: isTraced(carrier) ?? null,
    addons: carrier.addons.map(({ path, deleted, refusal }) => ({
      path,
      deleted,
      ...(refusal === undefined ? {} : { refusal })
    }))
  }
}
