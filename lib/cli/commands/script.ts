import type { Arguments } from '../arguments'
import type { Command } from '../command'
import { printableLines } from '../printable'
import { EXIT } from '../problem'
import type { Where } from '../scripts/clauses'
import { dtraceScript } from '../scripts/dtrace'
import { latencyScript } from '../scripts/latency'
import { traceScript } from '../scripts/trace'
import { print } from '../terminal/output'

/** The probes of the process that `bpftrace -p` names. */
const THAT_PROCESS: Where = { files: ['*'], pids: [] }

export const script: Command = {
  options: ['handlers', 'dtrace'],
  startsApp: false,
  help: `restify-probes script prints the script behind latency or trace, for a host without Node,
or to change by hand. The commands themselves run a longer one, which has names by
address, and two buckets for each doubling.

  restify-probes script latency > latency.bt && bpftrace -p 4711 latency.bt
  restify-probes script trace --handlers
  restify-probes script latency --dtrace > latency.d && dtrace -p 4711 -s latency.d

  --handlers         the handlers of each request, too; for trace
  --dtrace           in D, for the system that the command runs on: on macOS, illumos
                     and FreeBSD it takes no -p, and is for every process
`,
  run
}

/** Prints the script behind a command, for a host without Node or to change by hand. */
function run({ script: name = 'latency', handlers, dtrace }: Arguments): number {
  const text = dtrace ? dtraceScript(name, handlers) : bpftraceScript(name, handlers)
  print(printableLines(text.trimEnd()))
  return EXIT.ok
}

export function bpftraceScript(name: 'latency' | 'trace', handlers: boolean): string {
  const heading = (what: string) => `#!/usr/bin/env bpftrace
/*
 * ${what} Run it as root, and end it with Ctrl-C:
 *
 *   bpftrace -p PID ${name}.bt
 *
 * It cuts strings at 64 bytes; BPFTRACE_STRLEN (since 0.20 BPFTRACE_MAX_STRLEN)
 * takes more. If more names and requests than 4096 are about at a time, set
 * BPFTRACE_MAP_KEYS_MAX (since 0.20 BPFTRACE_MAX_MAP_KEYS).
 */

`
  return name === 'latency'
    ? heading('Milliseconds of each route and each handler.') + latencyScript(THAT_PROCESS)
    : heading('Each request as it begins and when it is done.') +
        traceScript(THAT_PROCESS, { handlers, reader: 'person' })
}
