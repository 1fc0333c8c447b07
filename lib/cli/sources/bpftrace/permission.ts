import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { Problem } from '../../problem'
import { sudoAdvice } from '../../sudo'
import type { Release } from './release'

/** The facts of the system that decide; tests put other systems in its place. */
export interface System {
  platform: NodeJS.Platform
  uid: number
  /** Bits of CapEff. */
  capabilities: bigint
  /** Bits of CapAmb: those that a program which is started gets too. */
  ambient: bigint
  exists(path: string): boolean
  /** Whether bpftrace runs for this user all the same, as with capabilities of its own file. */
  runsBpftrace(): boolean
}

const CAP_SYS_ADMIN = 1n << 21n
const CAP_PERFMON_AND_BPF = (1n << 38n) | (1n << 39n)

/** The capabilities that bpftrace 0.25 and later demand of a user who is not root, in the words of setpriv. */
const CAPABILITIES = { bpf: 39n, perfmon: 38n, dac_read_search: 2n, dac_override: 1n }

export function thisSystem(): System {
  return {
    platform: process.platform,
    uid: process.geteuid?.() ?? 0,
    capabilities: capabilitiesIn('CapEff'),
    ambient: capabilitiesIn('CapAmb'),
    exists: existsSync,
    runsBpftrace: () => spawnSync('bpftrace', ['-e', 'BEGIN { exit() }'], { stdio: 'ignore' }).status === 0
  }
}

function capabilitiesIn(set: 'CapEff' | 'CapAmb'): bigint {
  try {
    const [, bits] =
      new RegExp(`^${set}:\\s*([0-9a-f]+)$`, 'm').exec(readFileSync('/proc/self/status', 'utf8')) ?? []
    return BigInt(`0x${bits}`)
  } catch {
    return 0n
  }
}

/** Perf events of uprobes, which all tracers use, since Linux 4.17. */
const UPROBES = '/sys/bus/event_source/devices/uprobe'

/** @throws Problem where there is no bpftrace at all */
export function checkPlatform(platform: NodeJS.Platform = process.platform): void {
  if (platform === 'linux') return
  throw new Problem(`bpftrace runs on Linux only, and this is ${platform}`, [
    'Start the app and listen in its process: restify-probes latency -- node app.js',
    'Or with DTrace, after npm install dtrace-provider:',
    '  npx restify-probes script latency --dtrace > latency.d && sudo dtrace -s latency.d'
  ])
}

/**
 * @param release - of bpftrace; undefined if none is installed
 * @throws Problem when this system, or its user, can't trace with bpftrace
 */
export function checkMayTrace(
  commandLine: readonly string[],
  release: Release | undefined,
  system: System = thisSystem()
): void {
  checkPlatform(system.platform)
  if (system.uid !== 0) checkUser(commandLine, release, system)
  else checkRoot(system)
  if (!system.exists(UPROBES)) {
    throw new Problem(`this kernel has no uprobes: there is no ${UPROBES}`, [
      'It has to be 4.17 or later, built with CONFIG_UPROBE_EVENTS, and /sys has to be mounted.',
      'Without them, this works: restify-probes latency -- node app.js'
    ])
  }
}

/** In a container, root may have been left without the right to trace. */
function checkRoot({ capabilities }: System): void {
  const either =
    (capabilities & CAP_PERFMON_AND_BPF) === CAP_PERFMON_AND_BPF || (capabilities & CAP_SYS_ADMIN) !== 0n
  if (!either) {
    throw new Problem('this root may not trace: it has neither CAP_SYS_ADMIN nor CAP_BPF and CAP_PERFMON', [
      'Trace from the host: restify-probes sees the processes of containers too.',
      'Or start the container with --privileged --pid=host.'
    ])
  }
}

function checkUser(
  commandLine: readonly string[],
  release: Release | undefined,
  { capabilities, ambient, runsBpftrace }: System
): void {
  if (release === undefined || !release.takesCapabilities) {
    const demands =
      release === undefined
        ? []
        : [`bpftrace ${release.version} demands it; 0.25 and later take capabilities.`]
    throw new Problem('tracing needs root', [...sudoAdvice(commandLine), ...demands])
  }
  const missing = lacking(capabilities)
  if (missing.length > 0) {
    if (runsBpftrace()) return
    throw new Problem(`tracing needs root, or capabilities that are missing here: ${missing.join(', ')}`, [
      // The advice on how to install the command is told once.
      ...new Set([...sudoAdvice(commandLine), 'Or, to stay this user:', ...withCapabilities(commandLine)])
    ])
  }
  const kept = lacking(ambient)
  if (kept.length > 0 && !runsBpftrace()) {
    throw new Problem(`bpftrace would not get capabilities that are not ambient: ${kept.join(', ')}`, [
      'This passes them on:',
      ...withCapabilities(commandLine)
    ])
  }
}

function lacking(set: bigint): string[] {
  return Object.entries(CAPABILITIES)
    .filter(([, bit]) => (set & (1n << bit)) === 0n)
    .map(([name]) => `CAP_${name.toUpperCase()}`)
}

function withCapabilities(commandLine: readonly string[]): string[] {
  const all = Object.keys(CAPABILITIES)
    .map((name) => `+${name}`)
    .join(',')
  const user = `--reuid ${process.geteuid?.()} --regid ${process.getegid?.()} --init-groups`
  return sudoAdvice(commandLine, [
    'setpriv',
    ...user.split(' '),
    `--inh-caps=${all}`,
    `--ambient-caps=${all}`
  ])
}
