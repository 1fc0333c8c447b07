import { existsSync, readFileSync } from 'node:fs'
import { Problem } from '../../problem'
import { sudoLine } from '../../sudo'

/** What is asked of the system; tests put other systems in its place. */
export interface System {
  platform: NodeJS.Platform
  uid: number
  /** Bits of CapEff. */
  capabilities: bigint
  exists(path: string): boolean
}

const CAP_SYS_ADMIN = 1n << 21n
const CAP_PERFMON_AND_BPF = (1n << 38n) | (1n << 39n)

export function thisSystem(): System {
  return {
    platform: process.platform,
    uid: process.geteuid?.() ?? 0,
    capabilities: effectiveCapabilities(),
    exists: existsSync
  }
}

function effectiveCapabilities(): bigint {
  try {
    const [, bits] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
    return BigInt(`0x${bits}`)
  } catch {
    return 0n
  }
}

/** Perf events of uprobes, which all tracers use, since Linux 4.17. */
const UPROBES = '/sys/bus/event_source/devices/uprobe'

/** @throws Problem when this system, or its user, can't trace with bpftrace */
export function checkMayTrace(commandLine: readonly string[], system: System = thisSystem()): void {
  if (system.platform !== 'linux') {
    throw new Problem(`bpftrace runs on Linux only, and this is ${system.platform}`, [
      'Start the app and listen in its process: restify-probes latency -- node app.js',
      'Or with DTrace, after npm install dtrace-provider:',
      '  npx restify-probes script latency --dtrace > latency.d && sudo dtrace -s latency.d'
    ])
  }
  // bpftrace refuses other users whatever they may do.
  if (system.uid !== 0) throw new Problem('tracing needs root', [sudoLine(commandLine)])
  const { capabilities } = system
  const either =
    (capabilities & CAP_PERFMON_AND_BPF) === CAP_PERFMON_AND_BPF || (capabilities & CAP_SYS_ADMIN) !== 0n
  if (!either) {
    throw new Problem('this root may not trace: it has neither CAP_SYS_ADMIN nor CAP_BPF and CAP_PERFMON', [
      'Trace from the host: restify-probes sees the processes of containers too.',
      'Or start the container with --privileged --pid=host.'
    ])
  }
  if (!system.exists(UPROBES)) {
    throw new Problem(`this kernel has no uprobes: there is no ${UPROBES}`, [
      'It has to be 4.17 or later, built with CONFIG_UPROBE_EVENTS, and /sys has to be mounted.',
      'Without them, this works: restify-probes latency -- node app.js'
    ])
  }
}
