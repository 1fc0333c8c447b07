import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import type { Buckets } from './distribution'

/** A map of histograms, as `bpftrace -f json` prints one. */
interface HistogramLine {
  type: 'hist'
  data: { '@': Record<string, { min: number; count: number }[]> }
}

/** bpftrace at work on one process, with examples/helloworld.bt. */
export class Bpftrace {
  readonly #process: ChildProcess
  readonly #lines: string[]

  private constructor(process: ChildProcess, lines: string[]) {
    this.#process = process
    this.#lines = lines
  }

  /**
   * @param attached - tells whether the probes are enabled, which bpftrace does not: it reports before it attaches
   * @throws Error that says why this machine's bpftrace, if there is one, can't trace
   */
  static async attach(pid: number, script: string, attached: () => Promise<boolean>): Promise<Bpftrace> {
    const bpftrace = spawn('bpftrace', ['-f', 'json', '-p', String(pid), script])
    const lines: string[] = []
    let problem: Error | undefined
    let errors = ''
    bpftrace.stderr.on('data', (text) => {
      errors += text
    })
    bpftrace.on('error', () => {
      problem = new Error('bpftrace is not installed')
    })
    bpftrace.on('exit', () => {
      problem ??= new Error(`bpftrace could not attach: ${lastLine(errors)}`)
    })
    createInterface(bpftrace.stdout).on('line', (line) => lines.push(line))
    while (!(await attached())) {
      await setTimeout(20)
      if (problem !== undefined) throw problem
    }
    return new Bpftrace(bpftrace, lines)
  }

  /** Detaches, and gives what was measured. */
  async stop(): Promise<Map<string, Buckets>> {
    const closed = once(this.#process, 'close')
    // bpftrace 0.17 misses a signal that comes while it is still starting.
    const again = setInterval(() => this.#process.kill('SIGINT'), 1000)
    this.#process.kill('SIGINT')
    await closed
    clearInterval(again)
    const histograms = this.#lines
      .filter((line) => line.includes('"hist"'))
      .map((line) => JSON.parse(line) as HistogramLine)
    const distributions = new Map<string, Buckets>()
    for (const { data } of histograms) {
      for (const [name, buckets] of Object.entries(data['@']))
        distributions.set(name, new Map(buckets.map(({ min, count }) => [min, count])))
    }
    return distributions
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
