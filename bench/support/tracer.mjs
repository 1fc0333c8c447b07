import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const PROBES = ['route__start', 'handler__start', 'handler__done', 'route__done']

/** The scripts that bpftrace runs: every probe counted, or the script of restify's guide. */
export const SCRIPTS = {
  count: ['-e', `${PROBES.map((probe) => `usdt:*:restify:${probe}`).join(', ')} { @ = count(); }`],
  helloworld: [fileURLToPath(new URL('../../examples/helloworld.bt', import.meta.url))]
}

/** The time for bpftrace to attach, in milliseconds; it takes about half a second. */
const ATTACH_TIMEOUT = 20_000

/** Why bpftrace can't be used here; undefined if it can. */
export function whyNoTracer() {
  if (process.platform !== 'linux') return 'bpftrace runs on Linux only'
  if (process.getuid() !== 0) return 'tracing needs root'
  try {
    execFileSync('bpftrace', ['--version'], { stdio: 'pipe' })
  } catch {
    return 'bpftrace is not installed'
  }
  return undefined
}

/**
 * Attaches bpftrace to a process. Resolves once all four probes are enabled.
 *
 * @param enabled - asks that process how many of its probes are
 * @returns a function that detaches it
 */
export async function attach(pid, script, enabled) {
  const tracer = spawn('bpftrace', ['-p', String(pid), ...script], { stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  tracer.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text
  })
  const deadline = Date.now() + ATTACH_TIMEOUT
  while ((await enabled()) < PROBES.length) {
    if (tracer.exitCode !== null || Date.now() > deadline) {
      tracer.kill('SIGKILL')
      throw new Error(`bpftrace did not attach: ${errors}`)
    }
    await setTimeout(20)
  }
  return () => detach(tracer)
}

async function detach(tracer) {
  if (tracer.exitCode !== null) return
  const exited = once(tracer, 'exit')
  // bpftrace 0.17 misses a signal that comes while it is still starting.
  const again = setInterval(() => tracer.kill('SIGINT'), 1000)
  tracer.kill('SIGINT')
  await exited
  clearInterval(again)
}
