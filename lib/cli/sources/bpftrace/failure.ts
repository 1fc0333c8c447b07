import { readFileSync } from 'node:fs'
import { Problem } from '../../problem'

const IN_PROCESS = 'Without bpftrace and without root, this works: restify-probes latency -- node app.js'

/** The commands that install bpftrace, by the ID and ID_LIKE of /etc/os-release. */
const INSTALL: Record<string, string> = {
  debian: 'sudo apt-get install bpftrace',
  ubuntu: 'sudo apt-get install bpftrace',
  fedora: 'sudo dnf install bpftrace',
  rhel: 'sudo dnf install bpftrace',
  centos: 'sudo dnf install bpftrace',
  amzn: 'sudo dnf install bpftrace',
  alpine: 'sudo apk add bpftrace',
  arch: 'sudo pacman -S bpftrace',
  suse: 'sudo zypper install bpftrace',
  opensuse: 'sudo zypper install bpftrace'
}

export function notInstalled(osRelease = readOsRelease()): Problem {
  return new Problem('bpftrace is not installed', [installLine(osRelease), IN_PROCESS])
}

export function installLine(osRelease: string): string {
  const names = [...osRelease.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap(([, list]) =>
    (list as string).split(' ')
  )
  const command = names.map((name) => INSTALL[name]).find((line) => line !== undefined)
  return command ? `Install it with: ${command}` : 'How to install it: https://bpftrace.org'
}

function readOsRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8')
  } catch {
    return ''
  }
}

// bpftrace 0.17 says this about a limit that kernels since 5.11 do not have.
const NOISE = /RLIMIT_MEMLOCK|^\s*$/

const WARNING = /^\S*(?::\d+\S*:)? ?WARNING:/

/**
 * Leaves out warnings, and the lines of the script that they quote: the reason why bpftrace gave up comes
 * after them.
 */
function reasons(lines: readonly string[]): string[] {
  let inWarning = false
  return lines.filter((line) => {
    inWarning = WARNING.test(line) || (inWarning && /^\s/.test(line))
    return !inWarning
  })
}

/** Indents a line of bpftrace's, so that it is told from our own: it may quote what it read. */
function indented(line: string): string {
  return `  ${line}`
}

/** Turns bpftrace's words into a problem with advice, where we know how to mend it. */
export function failureOf(said: string, signal: NodeJS.Signals | null = null): Problem {
  const lines = reasons(said.split('\n').filter((line) => !NOISE.test(line)))
  // The signal was somebody else's, or the kernel's when it was short of memory: bpftrace's words, if any,
  // are not the reason.
  if (signal !== null) return new Problem(`bpftrace was killed by ${signal}`, lines.slice(0, 5).map(indented))
  return new Problem(`bpftrace could not trace: ${lines[0] ?? 'it ended without a word'}`, [
    ...lines.slice(1, 6).map(indented),
    'To see what it was to run: restify-probes script latency (or trace)'
  ])
}
