import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import restifyProbes from 'restify-probes'
import { missing, skipFor } from './compulsory'
import { type Firing, PROBES, type Probe } from './recorder'

/**
 * Options for a test that needs these programs and the right to trace: skips it
 * where one is missing.
 *
 * @throws Error where such tests are compulsory
 */
export function tracing(...programs: string[]): { skip: string | false } {
  return skipFor(problemWith(programs))
}

/** The title of tests that use bpftrace, with its release: the tests run with several. */
export function withBpftrace(title: string): string {
  return `${title}, with bpftrace ${bpftraceRelease()}`
}

/** The release of the bpftrace on the PATH, such as `0.17.0`. */
export function bpftraceRelease(): string {
  try {
    return execFileSync('bpftrace', ['--version'], { encoding: 'utf8' })
      .trim()
      .replace(/^bpftrace v/, '')
  } catch {
    return '(not installed)'
  }
}

function problemWith(programs: string[]): string | undefined {
  if (process.platform !== 'linux') return 'the tracers of these tests run on Linux only'
  if (process.getuid?.() !== 0) return 'tracing needs root'
  return missing(programs)
}

/** The time for bpftrace to attach, in milliseconds; it takes about half a second. */
const ATTACH_TIMEOUT = 20_000

const SEPARATOR = '\t'

/**
 * What bpftrace prints of each probe's arguments: `s` a string, `d` a number. On x86-64 it has no name for a seventh,
 * the route path of route-start; in route-done, where the route is known for sure, that is the sixth.
 */
export const FORMATS: Record<Probe, string> = {
  'route-start': 'ssdsss',
  'handler-start': 'sssds',
  'handler-done': 'sssdsd',
  'route-done': 'ssddss'
}

function clause(probe: Probe): string {
  const format = FORMATS[probe]
  const shape = [...format].map((kind) => `${SEPARATOR}%${kind}`).join('')
  const args = [...format].map((kind, index) => (kind === 's' ? `str(arg${index})` : `arg${index}`))
  const name = probe.replace('-', '__')
  return `usdt:*:restify:${name} { printf("${probe}${SEPARATOR}%llu${SEPARATOR}%d${shape}\\n", nsecs, pid, ${args.join(', ')}); }`
}

/** Prints every probe with all of its arguments. */
export const PRINT_ALL = PROBES.map(clause).join('\n')

/** A firing, as a tracer outside the process saw it. */
export interface SeenFiring extends Firing {
  pid: number
  nsecs: bigint
}

/** bpftrace, attached to a process. */
export class Tracer {
  readonly #process: ChildProcess
  #output = ''
  #errors = ''

  private constructor(program: string, pid: number | null, env: Record<string, string>) {
    const target = pid === null ? [] : ['-p', String(pid)]
    this.#process = spawn('bpftrace', [...target, '-e', program], {
      env: { ...process.env, BPFTRACE_STRLEN: '64', ...env }
    })
    this.#process.stdout?.setEncoding('utf8').on('data', (text) => {
      this.#output += text
    })
    this.#process.stderr?.setEncoding('utf8').on('data', (text) => {
      this.#errors += text
    })
  }

  /**
   * Resolves once all four probes are enabled.
   *
   * @param pid - null for every process that the program's own words name
   * @param enabled - tells which are, in the process that is traced
   */
  static async attach(
    program = PRINT_ALL,
    pid: number | null = process.pid,
    enabled: () => readonly string[] | Promise<readonly string[]> = () => restifyProbes.status().enabled,
    env: Record<string, string> = {}
  ): Promise<Tracer> {
    // Loads the addon, should nothing have done so: bpftrace looks for probes but once.
    await enabled()
    const tracer = new Tracer(program, pid, env)
    const deadline = Date.now() + ATTACH_TIMEOUT
    for (let names = await enabled(); names.length < PROBES.length; names = await enabled()) {
      if (tracer.#process.exitCode !== null || Date.now() > deadline) {
        tracer.#process.kill('SIGKILL')
        throw new Error(`enabled is only '${names}': ${tracer.#output}${tracer.#errors}`)
      }
      await setTimeout(10)
    }
    return tracer
  }

  /** Detaches as Ctrl-C does; gives what it printed. */
  async detach(): Promise<string> {
    return this.#end('SIGINT')
  }

  async kill(): Promise<string> {
    return this.#end('SIGKILL')
  }

  async #end(signal: 'SIGINT' | 'SIGKILL'): Promise<string> {
    const closed = once(this.#process, 'close')
    // Probes that fired last may still be on their way to bpftrace.
    await setTimeout(200)
    // bpftrace 0.17 misses a signal that comes while it is still starting.
    const again = setInterval(() => this.#process.kill(signal), 1000)
    this.#process.kill(signal)
    await closed
    clearInterval(again)
    if (/Lost \d+ events/.test(this.#output + this.#errors)) throw new Error('bpftrace lost events')
    return this.#output
  }
}

/** The firings that {@link PRINT_ALL} printed, in the order of time. */
export function parse(output: string): SeenFiring[] {
  return output
    .split('\n')
    .map((line) => line.split(SEPARATOR))
    .filter(([probe]) => PROBES.includes(probe as Probe))
    .map(([probe, nsecs, pid, ...args]) => ({
      probe: probe as Probe,
      nsecs: BigInt(nsecs as string),
      pid: Number(pid),
      args: args.map((argument, index) =>
        FORMATS[probe as Probe][index] === 'd' ? Number(argument) : argument
      )
    }))
    .sort((a, b) => (a.nsecs < b.nsecs ? -1 : 1)) as SeenFiring[]
}

/** bpftraces that this command started. */
export function tracersOf(pid: number): string[] {
  try {
    return execFileSync('pgrep', ['-P', String(pid), 'bpftrace'], { encoding: 'utf8' })
      .trim()
      .split('\n')
  } catch {
    return []
  }
}
