import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { cutToLimit } from '../figures-feed'
import type { ProcessDescription } from '../protocol'

/** The most words of a command line that are told of. */
const MAX_WORDS = 100

/** Describes this process to whoever connects. */
export function describeProcess(
  thread: number,
  provider: ProcessDescription['provider'],
  listeners: number
): ProcessDescription {
  return {
    pid: process.pid,
    thread,
    startedMs: Math.round(Date.now() - process.uptime() * 1000),
    node: process.version,
    platform: process.platform,
    cwd: cutToLimit(attempt(() => process.cwd()) ?? ''),
    command: [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
      .slice(0, MAX_WORDS)
      .map(cutToLimit),
    ports: attempt(ports) ?? [],
    provider,
    listeners
  }
}

/** The ports on which this thread's servers listen, as far as Node tells: it has no public way. */
function ports(): number[] {
  const handles = (process as { _getActiveHandles?: () => unknown[] })._getActiveHandles?.() ?? []
  const found = new Set<number>()
  for (const handle of handles) {
    const { listening, address } = handle as { listening?: unknown; address?: unknown }
    if (listening !== true || typeof address !== 'function') continue
    const { port } = (address.call(handle) ?? {}) as Partial<AddressInfo>
    if (typeof port === 'number') found.add(port)
  }
  return [...found].sort((a, b) => a - b)
}

let version: string | undefined

/** The release of this package; `unknown` where it is part of a bundle. */
export function packageVersion(): string {
  version ??= attempt(readVersion) ?? 'unknown'
  return version
}

function readVersion(): string | undefined {
  const file = readFileSync(path.join(__dirname, '..', 'package.json'), 'utf8')
  const { name, version } = JSON.parse(file) as { name?: unknown; version?: unknown }
  return name === 'restify-probes' && typeof version === 'string' ? version : undefined
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
