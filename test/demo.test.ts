import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { NAMES } from './support/helloworld'
import { tracing } from './support/tracer'

const demo = path.join(__dirname, '..', 'examples', 'demo', 'index.js')

function runDemo(env: NodeJS.ProcessEnv = process.env): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [demo], { env })
}

/** The rows of each block, as lowest value and count. */
function blocks(output: string): Map<string, [number, number][]> {
  const heading = /\nms +------------- Distribution ------------- count\n/
  const parts = output.split('\n\n').filter((part) => heading.test(part))
  return new Map(
    parts.map((part) => {
      const [name, rows] = part.split(heading) as [string, string]
      return [
        name,
        [...rows.matchAll(/^(-?\d+) *\|[@ ]{40} (\d+)$/gm)].map(([, value, count]) => [
          Number(value),
          Number(count)
        ])
      ]
    })
  )
}

function assertShows(output: string): void {
  const shown = blocks(output)
  assert.deepEqual([...shown.keys()].sort(), NAMES)
  for (const [name, rows] of shown) {
    assert.equal(
      rows.reduce((sum, [, count]) => sum + count, 0),
      10,
      `${name} in ${output}`
    )
  }
  // A timer of 250 ms never takes less; of the handlers, the one that waits for it comes last.
  for (const name of ['slowHandler', 'getfoo']) {
    assert.ok(
      shown.get(name)?.every(([lowest, count]) => count === 0 || lowest >= 128),
      output
    )
  }
  assert.deepEqual([[...shown.keys()][0], [...shown.keys()].at(-1)], ['getfoo', 'slowHandler'])
}

describe('npm run demo', () => {
  it('prints the histogram from bpftrace', tracing('bpftrace'), async () => {
    const { stdout } = await runDemo()
    assert.match(stdout, /^Traced by bpftrace: /m)
    assertShows(stdout)
  })

  it('prints it from the channels where there is no bpftrace, and says so', async () => {
    const empty = mkdtempSync(path.join(tmpdir(), 'path-'))
    const { stdout, stderr } = await runDemo({ ...process.env, PATH: empty })
    rmSync(empty, { recursive: true })
    assert.match(stderr, /bpftrace is not installed|tracing needs root|Linux only/)
    assert.match(stdout, /^Traced in process: restify-probes latency -- node helloworld\.js$/m)
    assertShows(stdout)
  })
})
