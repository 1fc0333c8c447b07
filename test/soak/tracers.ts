import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { CLI } from '../support/cli'
import type { TracersTally } from './sample'

/**
 * Counts whole requests, and probes that came without their beginning, in the kernel. Its probes are attached one
 * after another, so that it is shown less than whole requests at first: it counts after a second.
 */
const PAIRING_SCRIPT = `
usdt:*:restify:route__start { @open[arg2] = 1; }
usdt:*:restify:handler__start /@halves > 2/ { if (@open[arg3] == 0) { @unpaired = count(); } }
usdt:*:restify:handler__start { @running[arg3]++; }
usdt:*:restify:handler__done /@halves > 2/ { if (@running[arg3] == 0) { @unpaired = count(); } }
usdt:*:restify:handler__done /@running[arg3] > 0/ { @running[arg3]--; }
usdt:*:restify:route__done /@halves > 2/ {
  if (@open[arg2] == 0 || @running[arg2] != 0) { @unpaired = count(); } else { @whole = count(); }
}
usdt:*:restify:route__done { delete(@open[arg2]); delete(@running[arg2]); }
interval:ms:500 { @halves++; print(@unpaired); }
END { clear(@open); clear(@running); clear(@halves); }`

interface Kind {
  program: string
  args(pid: number): string[]
  /** The number of requests that it saw, by what it printed at its end. */
  seen(stdout: string): number
}

const JSON_REQUEST = /^\{"type":"request"/gm

function command(...words: string[]): Kind {
  return {
    program: process.execPath,
    args: (pid) => [CLI, ...words, '-p', String(pid)],
    seen: (stdout) => stdout.match(JSON_REQUEST)?.length ?? 0
  }
}

/** The kinds of tracers that take root and bpftrace. */
const BY_KERNEL: Record<string, Kind> = {
  bpftrace: {
    program: 'bpftrace',
    args: (pid) => ['-p', String(pid), '-e', PAIRING_SCRIPT],
    seen: (stdout) => Number(/^@whole: (\d+)/m.exec(stdout)?.[1] ?? 0)
  },
  'latency by kernel': command('latency', '--via', 'kernel', '--json'),
  'trace by kernel': command('trace', '--handlers', '--via', 'kernel', '--json')
}

const BY_SOCKET: Record<string, Kind> = {
  'latency by socket': command('latency', '--via', 'process', '--json'),
  'trace by socket': command('trace', '--handlers', '--via', 'process', '--json')
}

/** The shortest and the longest stay of a tracer, its start included, in milliseconds. */
const SHORTEST = 300
const LONGEST = 6000
/**
 * The times, in milliseconds, in which a tracer that was asked to end must end, and what is left of a killed
 * one must go.
 */
const ENDS_WITHIN = 20_000
const GONE_WITHIN = 10_000

/** Tracers outside of the process, which come, go and are killed. */
export class Tracers {
  readonly tally: TracersTally = { come: {}, killed: 0, failures: [], leftOver: 0, seen: 0 }
  readonly #pid: number
  #until = 0

  constructor(pid: number) {
    this.#pid = pid
  }

  /** Has one come after another for so long, by the kernel and by the socket at the same time. */
  async comeAndGo(milliseconds: number, byKernel: boolean): Promise<void> {
    this.#until = Date.now() + milliseconds
    await Promise.all([this.#inTurn(BY_SOCKET), byKernel ? this.#inTurn(BY_KERNEL) : undefined])
  }

  async #inTurn(kinds: Record<string, Kind>): Promise<void> {
    while (Date.now() < this.#until)
      for (const [name, kind] of Object.entries(kinds))
        if (Date.now() < this.#until) await this.#one(name, kind)
  }

  async #one(name: string, { program, args, seen }: Kind): Promise<void> {
    const { tally } = this
    tally.come[name] = (tally.come[name] ?? 0) + 1
    const tracer = spawn(program, args(this.#pid), { stdio: ['ignore', 'pipe', 'pipe'] })
    const output = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const)
      tracer[stream].setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text
      })
    const closed = once(tracer, 'close')
    await Promise.race([closed, setTimeout(SHORTEST + Math.random() * (LONGEST - SHORTEST))])
    if (tracer.exitCode !== null) {
      tally.failures.push(`${name} ended by itself: ${output.stderr}`)
      return
    }
    if (Math.random() < 0.5) await this.#kill(tracer, closed)
    else {
      const before = output.stdout
      await endAsked(tracer, closed)
      // A tracer that was asked to end while it still started has nothing to tell, and may say so.
      if (tracer.signalCode === 'SIGKILL') tally.failures.push(`${name} did not end: ${output.stderr}`)
      if (/@unpaired: [1-9]/.test(before)) tally.failures.push(`${name} saw ${before}`)
      tally.seen += seen(output.stdout)
    }
  }

  /** Kills one by -9, after which nothing that it had started may be left. */
  async #kill(tracer: ChildProcess, closed: Promise<unknown>): Promise<void> {
    this.tally.killed++
    const started = descendants(tracer.pid as number)
    tracer.kill('SIGKILL')
    await Promise.race([closed, setTimeout(GONE_WITHIN)])
    const deadline = Date.now() + GONE_WITHIN
    while (started.some(isThere) && Date.now() < deadline) await setTimeout(50)
    this.tally.leftOver += started.filter(isThere).length
    // Those are ours.
    for (const { pid } of started.filter(isThere)) process.kill(pid, 'SIGKILL')
  }
}

/** bpftrace 0.17 misses a signal that comes while it is still starting. */
async function endAsked(tracer: ChildProcess, closed: Promise<unknown>): Promise<void> {
  const ended = closed.then(() => true)
  const deadline = Date.now() + ENDS_WITHIN
  do tracer.kill('SIGINT')
  while (!(await Promise.race([ended, setTimeout(2000).then(() => false)])) && Date.now() < deadline)
  if (tracer.exitCode === null && tracer.signalCode === null) {
    tracer.kill('SIGKILL')
    await closed
  }
}

interface Process {
  pid: number
  parent: number
  /** The start, in clock ticks: a pid is used again. */
  began: string
}

function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processOf(Number(name)) ?? [])
}

/** The process; undefined for one that is not there, or is dead and waits for its parent. */
function processOf(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : { pid, parent: Number(fields[1]), began: fields[19] as string }
  } catch {
    return undefined
  }
}

function descendants(pid: number, all = processes()): Process[] {
  return all
    .filter(({ parent }) => parent === pid)
    .flatMap((child) => [child, ...descendants(child.pid, all)])
}

function isThere({ pid, began }: Process): boolean {
  return processOf(pid)?.began === began
}
