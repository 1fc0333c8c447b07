import { removeStale } from '../../aggregate/socket/stale'
import type { Command } from '../command'
import { OUTPUT_OPTIONS } from '../help'
import { processesOutput } from '../outputs/processes'
import { EXIT } from '../problem'
import type { Carrier } from '../processes/carriers'
import { findCarriers, isTraced, unanswered } from '../processes/guarded'
import { PortFinder } from '../processes/ports'
import { countUnreadable } from '../processes/proc'
import { ownFolders } from '../processes/sockets'
import type { ListedCarrier } from '../render/list'
import { describeUnanswering } from '../render/processes'
import { describeAll, introduce } from '../sources/socket/describe'
import { say } from '../terminal/output'
import type { Context } from './context'

export const list: Command = {
  options: ['json'],
  startsApp: false,
  help: `restify-probes list shows the processes that can be traced: their pids, users, uptimes,
the ports on which they listen (a worker has its primary's), how they can be traced
(--via), what is attached now, working directories and command lines.

  restify-probes list

VIA process: by the socket that the process offers to its own user and to root.
VIA kernel: by bpftrace, as root.

${OUTPUT_OPTIONS}

It shows your own processes only, unless you are root. On the host, it shows those in
containers as well.
`,
  run
}

/** Shows the processes of this machine that can be traced. */
async function run(options: { json: boolean }, { style }: Context): Promise<number> {
  const carriers = await listed(findCarriers())
  processesOutput(options, style).show(carriers)
  const unreadable = process.platform === 'linux' ? countUnreadable() : 0
  if (carriers.length === 0)
    say('no process that can be traced was found. An app can be traced once it has called restifyProbes()')
  for (const each of unanswered()) say(describeUnanswering(each))
  if (unreadable > 0)
    say(`${unreadable} of the processes here are other users': run this as root to look into those`)
  // A process that was killed leaves its socket behind; every `list` takes such sockets away.
  await Promise.all(ownFolders().map((folder) => removeStale(folder).catch(() => {})))
  return EXIT.ok
}

/** Adds what the processes tell of themselves through their sockets, where the system tells nothing. */
async function listed(carriers: Carrier[]): Promise<ListedCarrier[]> {
  const described = await describeAll(carriers)
  const finder = new PortFinder()
  return carriers.map((carrier) => {
    const told = described.get(carrier)
    return {
      ...introduce(carrier, told, finder),
      isTraced: isTraced(carrier),
      listeners: (told?.threads ?? []).reduce((sum, { listeners }) => sum + listeners, 0),
      isSilent: told?.silent ?? false
    }
  })
}
