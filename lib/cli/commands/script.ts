import type { Arguments } from '../arguments'
import { EXIT } from '../problem'
import { dtraceScript } from '../tracing/dtrace-scripts'
import { latencyScript } from '../tracing/latency-script'
import type { Where } from '../tracing/scripts'
import { traceScript } from '../tracing/trace-script'
import { print } from './context'

/** The probes of the process that `bpftrace -p` names. */
const THAT_PROCESS: Where = { files: ['*'], pids: [] }

/** The script behind a command, for a host without Node or to change by hand. */
export function script({ script: name = 'latency', handlers, dtrace }: Arguments): number {
  if (dtrace) print(dtraceScript(name, handlers).trimEnd())
  else print(bpftraceScript(name, handlers).trimEnd())
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
    ? heading('Milliseconds of each route and each handler.') +
        latencyScript(THAT_PROCESS, { kind: 'person' })
    : heading('Each request as it begins and when it is done.') +
        traceScript(THAT_PROCESS, { handlers, reader: 'person' })
}
