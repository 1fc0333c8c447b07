import { execFileSync } from 'node:child_process'
import { Problem } from '../../problem'
import type { BpftraceSyntax } from '../../scripts/figures'
import { notInstalled } from './failure'

/** A release of bpftrace, and what it takes. */
export interface Release {
  version: string
  /** The names of environment variables, which 0.20 has changed. */
  stringSize: string
  mapKeys: string
  /** The options that make it tell of a map that is full, as it does by itself since 0.23. */
  warnings: readonly string[]
  dialect: BpftraceSyntax
  /** Whether it runs for users who are not root, with capabilities. */
  takesCapabilities: boolean
}

const OLDEST = [0, 17] as const

/** @throws Problem when there is none on the PATH, or one that is too old */
export function installedRelease(run = versionOnPath): Release {
  let text: string
  try {
    text = run()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw notInstalled()
    throw new Problem(`bpftrace --version failed: ${(error as Error).message.split('\n')[0]}`)
  }
  return releaseOf(text)
}

/** The release that is installed; undefined where there is none that can be used, whatever the reason. */
export function releaseIfInstalled(run = versionOnPath): Release | undefined {
  try {
    return installedRelease(run)
  } catch {
    return undefined
  }
}

function versionOnPath(): string {
  return execFileSync('bpftrace', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

export function releaseOf(text: string): Release {
  const [, major, minor] = /v?(\d+)\.(\d+)/.exec(text) ?? []
  const version = [Number(major), Number(minor)] as const
  if (major !== undefined && isBefore(version, OLDEST)) {
    throw new Problem(
      `bpftrace ${version.join('.')} is too old: it needs to be ${OLDEST.join('.')} or later`,
      ['Static binaries of newer releases: https://github.com/bpftrace/bpftrace/releases']
    )
  }
  const renamed = !isBefore(version, [0, 20])
  return {
    version: version.join('.'),
    stringSize: renamed ? 'BPFTRACE_MAX_STRLEN' : 'BPFTRACE_STRLEN',
    mapKeys: renamed ? 'BPFTRACE_MAX_MAP_KEYS' : 'BPFTRACE_MAP_KEYS_MAX',
    warnings: isBefore(version, [0, 23]) ? ['-k'] : [],
    dialect: { loop: isBefore(version, [0, 25]) ? 'while' : 'range' },
    takesCapabilities: !isBefore(version, [0, 25])
  }
}

function isBefore(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1])
}
