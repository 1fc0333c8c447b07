import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { skipFor } from './compulsory'
import { PROBES } from './recorder'
import { FORMATS, tracing } from './tracer'

/** The folder that .ci/tracers fills with Debian testing, which has DTrace and a Node that it can trace. */
const ROOT = path.join(process.env.RESTIFY_PROBES_TRACERS ?? '/var/cache/restify-probes', 'forky')

/**
 * Runs what follows with the programs and libraries of that system in place of this one's, all other paths as they are.
 * DTrace reads each file that a process has mapped, so it and the app have to see the same.
 */
const BOUND = `mount --bind ${ROOT}/usr /usr && mount --bind ${ROOT}/etc /etc && exec "$@"`

/** The options of `fork` that run a module with that system's Node. */
export const DTRACE_NODE = {
  execPath: 'unshare',
  execArgv: ['--mount', 'sh', '-c', BOUND, 'sh', '/usr/bin/node']
}

/** Probes are enabled some time before DTrace heeds them: it says by this that it does. */
const BEGAN = 'began'
const BEGIN = `BEGIN { printf("${BEGAN}\\n"); }`

/** The time for DTrace to attach, in milliseconds: it compiles its own library first. */
const ATTACH_TIMEOUT = 60_000

/** Options for a test that needs DTrace. */
export function dtracing(): { skip: string | false } {
  const { skip } = tracing('unshare')
  if (skip) return { skip }
  return skipFor(existsSync(`${ROOT}/usr/sbin/dtrace`) ? undefined : `there is no DTrace in ${ROOT}`)
}

/** Prints every probe with all of its arguments, as {@link parse} of tracer.ts reads them. */
export const PRINT_ALL_IN_D = [
  '#pragma D option quiet',
  '#pragma D option strsize=2048',
  '#pragma D option bufsize=4m',
  ...PROBES.map((probe) => {
    const kinds = [...FORMATS[probe]]
    const shape = kinds.map((kind) => `\\t%${kind}`).join('')
    const args = kinds.map((kind, index) => (kind === 's' ? `copyinstr(arg${index})` : `arg${index}`))
    return `restify$target:::${probe} { printf("${probe}\\t%d\\t%d${shape}\\n", timestamp, pid, ${args.join(', ')}); }`
  })
].join('\n')

/** DTrace, attached to a process. */
export class DTrace {
  readonly #process: ChildProcess
  #output = ''
  #errors = ''

  private constructor(args: readonly string[]) {
    const program = ['--mount', 'sh', '-c', BOUND, 'sh', '/usr/sbin/dtrace', ...args]
    this.#process = spawn('unshare', program, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process.stdout?.setEncoding('utf8').on('data', (text) => {
      this.#output += text
    })
    this.#process.stderr?.setEncoding('utf8').on('data', (text) => {
      this.#errors += text
    })
  }

  /** The probes of a process, as `dtrace -l` lists them. */
  static async list(pid: number): Promise<string> {
    const dtrace = new DTrace(['-l', '-P', 'restify$target', '-p', String(pid)])
    await once(dtrace.#process, 'close')
    return dtrace.#output + dtrace.#errors
  }

  /**
   * Resolves once all four probes are enabled.
   *
   * @param script - the options that give it: `-s FILE`
   */
  static async attach(
    script: readonly string[],
    pid: number,
    enabled: () => Promise<readonly string[]>
  ): Promise<DTrace> {
    const dtrace = new DTrace([...script, '-n', BEGIN, '-p', String(pid)])
    const deadline = Date.now() + ATTACH_TIMEOUT
    while ((await enabled()).length < PROBES.length || !dtrace.#output.includes(BEGAN)) {
      if (dtrace.#process.exitCode !== null || Date.now() > deadline) {
        dtrace.#process.kill('SIGKILL')
        throw new Error(`enabled is only '${await enabled()}': ${dtrace.#output}${dtrace.#errors}`)
      }
      await setTimeout(20)
    }
    return dtrace
  }

  /** Detaches as Ctrl-C does; gives what it printed. */
  detach(): Promise<string> {
    return this.#end('SIGINT')
  }

  kill(): Promise<string> {
    return this.#end('SIGKILL')
  }

  async #end(signal: 'SIGINT' | 'SIGKILL'): Promise<string> {
    const closed = once(this.#process, 'close')
    // DTrace takes what the kernel has for it once a second.
    await setTimeout(1500)
    this.#process.kill(signal)
    await closed
    return this.#output
  }
}
